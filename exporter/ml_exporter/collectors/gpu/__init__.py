"""GPUs of NVIDIA: use, memory, temperature, power. Where there is none: nothing, and no error."""

import re
from collections.abc import Iterable
from typing import cast

from ml_exporter.collectors.gpu.device import readings
from ml_exporter.collectors.gpu.nvml import Nvml
from ml_exporter.collectors.gpu.smi import NvidiaSmi
from ml_exporter.collectors.interface import CollectorContext, CollectorError, CollectorKind, Reading
from ml_exporter.config import CollectorSettings, RegularExpression


class GpuSettings(CollectorSettings):
    """GPUs of NVIDIA: use, memory, temperature, power."""

    devices_exclude: RegularExpression | None = None
    """GPUs that are left out, by name or uuid: `^NVIDIA T400`. Default: none."""


class GpuCollector:
    """Reads the GPUs by NVML, or by nvidia-smi where only that answers."""

    def __init__(self, settings: GpuSettings) -> None:
        self._excluded = None if settings.devices_exclude is None else re.compile(settings.devices_exclude)
        self._source: Nvml | NvidiaSmi | None = None

    def collect(self) -> Iterable[Reading]:
        """Read every GPU; one that fails costs its own samples only."""
        self._source = self._source or _answering()
        try:
            return self._chosen(readings(self._source.devices())) if self._source else ()
        except CollectorError as error:
            raise CollectorError(str(error), self._chosen(error.readings)) from None

    def _chosen(self, read: Iterable[Reading]) -> list[Reading]:
        """Leave out what the settings leave out."""
        return [
            Reading(reading.family, [(labels, value) for labels, value in reading.samples if self._keeps(*labels)])
            for reading in read
        ]

    def _keeps(self, _index: str, uuid: str, name: str) -> bool:
        return self._excluded is None or not (self._excluded.search(uuid) or self._excluded.search(name))


def _answering() -> Nvml | NvidiaSmi | None:
    try:
        return Nvml.open() or NvidiaSmi.open()
    except CollectorError:
        fallback = NvidiaSmi.open()
        if fallback is None:
            raise
        return fallback


def _open(settings: CollectorSettings, _context: CollectorContext) -> GpuCollector:
    return GpuCollector(cast("GpuSettings", settings))


COLLECTOR = CollectorKind("gpu", GpuSettings, _open)
