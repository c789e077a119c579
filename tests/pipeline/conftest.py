"""Engines that are closed when their test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_exporter.config import Monitoring
from tests.pipeline.in_process import NOW, InProcess, Start
from tests.pipeline.in_process import monitoring as make_monitoring


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[InProcess] = []

    def start(folder: Path, monitoring: Monitoring | None = None, at: float = NOW) -> InProcess:
        started.append(InProcess(folder, monitoring or make_monitoring(), at))
        return started[-1]

    yield start
    for exporter in started:
        exporter.close()
