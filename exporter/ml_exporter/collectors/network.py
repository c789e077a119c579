"""Network: bytes through each device."""

import re
from collections.abc import Iterable
from typing import cast

import psutil

from ml_exporter.catalogue import host
from ml_exporter.collectors.interface import CollectorContext, CollectorKind, Reading
from ml_exporter.config import CollectorSettings, RegularExpression


class NetworkSettings(CollectorSettings):
    """Bytes that went through each network device."""

    devices_exclude: RegularExpression = r"^(lo|veth.+|cali.+|cilium.+|lxc.+|cni\d+|docker\d+|br-.+|virbr.+)$"
    """Devices that are left out: by default the loopback, and those of containers, whose bytes pass the host's own
    devices too."""


class NetworkCollector:
    """Reads the devices that the settings leave in."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._excluded = re.compile(settings.devices_exclude)

    def collect(self) -> Iterable[Reading]:
        """Read the bytes sent and received by each device."""
        counters = psutil.net_io_counters(pernic=True)
        chosen = [(device, counters[device]) for device in sorted(counters) if not self._excluded.search(device)]
        yield Reading(host.NETWORK_TRANSMIT, [((device,), counted.bytes_sent) for device, counted in chosen])
        yield Reading(host.NETWORK_RECEIVE, [((device,), counted.bytes_recv) for device, counted in chosen])


def _open(settings: CollectorSettings, _context: CollectorContext) -> NetworkCollector:
    return NetworkCollector(cast("NetworkSettings", settings))


COLLECTOR = CollectorKind("network", NetworkSettings, _open)
