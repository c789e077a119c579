"""GPUs of NVIDIA: use, memory, temperature, power. Where there is none: nothing, and no error."""

from collections.abc import Iterable

from ml_exporter.collectors.gpu.device import readings
from ml_exporter.collectors.gpu.nvml import Nvml
from ml_exporter.collectors.gpu.smi import NvidiaSmi
from ml_exporter.collectors.interface import CollectorContext, CollectorError, CollectorKind, Reading
from ml_exporter.config import CollectorSettings


class GpuSettings(CollectorSettings):
    """GPUs of NVIDIA: use, memory, temperature, power."""


class GpuCollector:
    """Reads the GPUs by NVML, or by nvidia-smi where only that answers."""

    def __init__(self) -> None:
        self._source: Nvml | NvidiaSmi | None = None

    def collect(self) -> Iterable[Reading]:
        """Read every GPU; one that fails costs its own samples only."""
        self._source = self._source or _answering()
        return readings(self._source.devices()) if self._source else ()


def _answering() -> Nvml | NvidiaSmi | None:
    try:
        return Nvml.open() or NvidiaSmi.open()
    except CollectorError:
        fallback = NvidiaSmi.open()
        if fallback is None:
            raise
        return fallback


def _open(_settings: CollectorSettings, _context: CollectorContext) -> GpuCollector:
    return GpuCollector()


COLLECTOR = CollectorKind("gpu", GpuSettings, _open)
