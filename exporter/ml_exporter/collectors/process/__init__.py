"""The processes that serve the models: their memory, and who is connected to them."""

from collections.abc import Iterable
from typing import Any

import psutil

from ml_exporter.catalogue import process as families
from ml_exporter.collectors.interface import CollectorContext, CollectorError, CollectorKind, Reading
from ml_exporter.collectors.process.finding import find
from ml_exporter.collectors.process.memory import memory_bytes
from ml_exporter.config import CollectorSettings

_HIDDEN = "its process may not be looked at by this user; run the exporter as the user of the process"


class ProcessCollectorSettings(CollectorSettings):
    """Memory and connections of the processes that serve the models (see `models[].process`)."""


class ProcessCollector:
    """Reads the serving process of each model that names one."""

    def __init__(self, context: CollectorContext) -> None:
        self._models = {model.name: model.process for model in context.models if model.process is not None}
        self._folder = context.folder

    def collect(self) -> Iterable[Reading]:
        """Read memory and connections; a process that is not found costs its own samples only."""
        if not self._models:
            return ()
        connections = psutil.net_connections(kind="tcp")
        memory: list[tuple[tuple[str], float]] = []
        active: list[tuple[tuple[str], float]] = []
        problems: list[str] = []
        for model, settings in self._models.items():
            try:
                found = find(settings, self._folder, connections)
            except CollectorError as error:
                problems.append(f"model {model!r}: {error}")
                continue
            used = memory_bytes(found.processes)
            if used is None:
                problems.append(f"model {model!r}: {_HIDDEN}, or give its pid_file")
            else:
                memory.append(((model,), used))
            if found.ports is None:
                problems.append(f"model {model!r}: {_HIDDEN}, or give its port")
            else:
                active.append(((model,), _count(connections, found.ports)))
        readings = [Reading(families.MEMORY_USAGE, memory), Reading(families.ACTIVE_CONNECTIONS, active)]
        if problems:
            raise CollectorError("; ".join(problems), readings)
        return readings


def _count(connections: Iterable[Any], ports: frozenset[int]) -> int:
    """Count the connections established with one of the ports; one that a worker inherited from its parent, once."""
    return len(
        {
            (held.laddr, held.raddr)
            for held in connections
            if held.status == psutil.CONN_ESTABLISHED and held.laddr.port in ports
        }
    )


def _open(_settings: CollectorSettings, context: CollectorContext) -> ProcessCollector:
    return ProcessCollector(context)


COLLECTOR = CollectorKind("process", ProcessCollectorSettings, _open)
