"""Memory: how much there is, and how much of it is to be had."""

from collections.abc import Iterable

import psutil

from ml_exporter.catalogue import host
from ml_exporter.collectors.interface import CollectorContext, CollectorKind, Reading
from ml_exporter.config import CollectorSettings


class MemorySettings(CollectorSettings):
    """Memory of the host, and how much of it is to be had."""


class MemoryCollector:
    """Reads the host's memory."""

    def collect(self) -> Iterable[Reading]:
        """Read total and available memory."""
        memory = psutil.virtual_memory()
        yield Reading.single(host.MEMORY_TOTAL, memory.total)
        yield Reading.single(host.MEMORY_AVAILABLE, memory.available)


def _open(_settings: CollectorSettings, _context: CollectorContext) -> MemoryCollector:
    return MemoryCollector()


COLLECTOR = CollectorKind("memory", MemorySettings, _open)
