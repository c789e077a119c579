"""Everything that the demo runs, started in an order in which nothing looks broken on the way up."""

import sys
from collections.abc import Callable
from pathlib import Path

from ml_exporter.config import Monitoring
from ml_exporter.demo.processes import Processes
from ml_exporter.demo.producer_state import read_state
from ml_exporter.demo.requirements import owners, port_of
from ml_exporter.demo.servers import READY_SECONDS, start_alertmanager, start_prometheus
from ml_exporter.demo.settings import DemoSettings
from ml_exporter.demo.workspace import CONFIGURATION, write_bundle

PROCESSES = ("exporter", "alertmanager", "producer", "prometheus")
"""Their names, which their logs have too."""

_TRAINING_SECONDS = 120.0


def start_stack(
    settings: DemoSettings, monitoring: Monitoring, processes: Processes, folder: Path, say: Callable[[str], None]
) -> None:
    """Start exporter, Alertmanager, producer and Prometheus, and wait until each does its work.

    Prometheus comes last: it would raise alerts about an exporter that is not up and about feeds that bring nothing.

    Args:
        settings: how the demo runs.
        monitoring: its configuration.
        processes: gets the processes.
        folder: the working folder, prepared, as an absolute path.
        say: tells what is being done.

    Raises:
        ProcessError: something does not start; the message shows the end of its log.
    """
    addresses = owners(monitoring)
    say("Starting the exporter and Alertmanager ...")
    write_bundle(folder)
    processes.start("exporter", [sys.executable, "-m", "ml_exporter", "run", CONFIGURATION], folder)
    start_alertmanager(
        processes,
        folder / "alertmanager" / "alertmanager.yml",
        folder / "alertmanager-data",
        port_of(addresses["Alertmanager"]),
    )
    processes.wait_for(f"{addresses['the exporter']}/-/ready", READY_SECONDS)
    say("Training the model on the flights of January to April ...")
    producer = [sys.executable, "-m", "ml_exporter.demo.producer", "--folder", str(folder)]
    pace = ["--factor", str(settings.factor), "--corrupt-after", str(settings.corrupt_after)]
    processes.start("producer", [*producer, *pace], folder)
    processes.wait_until(lambda: read_state(folder).labels > 0, "no flight has landed", _TRAINING_SECONDS)
    say("Starting Prometheus ...")
    start_prometheus(
        processes,
        folder / "prometheus" / "prometheus.yml",
        folder / "prometheus-data",
        port_of(addresses["Prometheus"]),
    )
