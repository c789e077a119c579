"""Processors: the time that they spent in each mode."""

from collections.abc import Iterable

import psutil

from ml_exporter.catalogue import host
from ml_exporter.collectors.interface import CollectorContext, CollectorKind, Reading
from ml_exporter.config import CollectorSettings

_COUNTED_TWICE = ("guest", "guest_nice")
"""Linux counts these within ``user`` and ``nice``: without them the modes add up to all of the time."""


class CpuSettings(CollectorSettings):
    """Time that the processors spent in each mode."""


class CpuCollector:
    """Reads the processors' times."""

    def collect(self) -> Iterable[Reading]:
        """Read the times of all processors together, and how many there are."""
        modes = psutil.cpu_times()._asdict()
        yield Reading(
            host.CPU_SECONDS, [((mode,), seconds) for mode, seconds in modes.items() if mode not in _COUNTED_TWICE]
        )
        count = psutil.cpu_count()
        if count is not None:
            yield Reading.single(host.CPUS, count)


def _open(_settings: CollectorSettings, _context: CollectorContext) -> CpuCollector:
    return CpuCollector()


COLLECTOR = CollectorKind("cpu", CpuSettings, _open)
