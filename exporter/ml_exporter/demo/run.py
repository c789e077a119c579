"""The demo from beginning to end."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from rich.console import Console

from ml_exporter.config import Monitoring
from ml_exporter.demo.display import Display
from ml_exporter.demo.processes import ProcessError, Processes, Stopped, answers
from ml_exporter.demo.producer_state import FINISHED
from ml_exporter.demo.requirements import Unmet, check_requirements, owners
from ml_exporter.demo.settings import DemoSettings
from ml_exporter.demo.slack import SlackStandIn
from ml_exporter.demo.stack import PROCESSES, start_stack
from ml_exporter.demo.stages import Watch
from ml_exporter.demo.workspace import FolderUnusable, configuration_file, prepare
from ml_exporter.pipeline import load_configuration

_LOOK_SECONDS = 0.5


@dataclass
class _StopRequest:
    """Whether Ctrl-C or SIGTERM has asked the demo to end."""

    made: bool = False


def run_demo(settings: DemoSettings, console: Console) -> int:
    """Run the demo.

    Returns:
        0 where everything was shown (or Ctrl-C ended a demo that has no end of its own), 1 where something is missing.
    """
    display = Display(console)
    with _signals_noted() as stop_request:
        try:
            configuration = configuration_file()
            monitoring = load_configuration(configuration)
            check_requirements(monitoring)
            prepare(settings.folder, configuration)
            with Processes(settings.folder.resolve() / "logs", lambda: stop_request.made) as processes:
                return _run(settings, monitoring, processes, display)
        except (Unmet, ProcessError, FolderUnusable) as error:
            if not stop_request.made:  # the signal may have reached a command that the demo waited for
                display.say(f"The demo failed: {error}", style="red")
                return 1
        except Stopped:
            pass
    display.stopped()
    return int(settings.once)


@contextmanager
def _signals_noted() -> Iterator[_StopRequest]:
    """Let SIGINT and SIGTERM leave a note, for the demo to find between two steps."""
    request = _StopRequest()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        request.made = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(settings: DemoSettings, monitoring: Monitoring, processes: Processes, display: Display) -> int:
    began = time.monotonic()
    folder = settings.folder.resolve()
    with SlackStandIn(folder / "logs" / "slack.jsonl") as slack:
        (folder / "secrets" / "slack-url").write_text(slack.url, encoding="utf-8")
        start_stack(settings, monitoring, processes, folder, display.say)
        pages = _pages(monitoring)
        display.addresses({**pages, "Files and logs": str(folder)})
        if "/api/" in pages["Prometheus"]:
            display.say("This build of Prometheus has no web pages: what is shown is its API.")
        objective = monitoring.models[0].objectives["accuracy"]
        window = str(monitoring.objective_window(objective.window))
        watch = Watch(owners(monitoring)["Prometheus"], slack.messages, folder, objective.threshold, window, began)
        with display.live():
            _watch_until_shown(settings, watch, display, processes)
        display.summary(watch)
        code = _verdict(settings, watch, display, processes)
        if not settings.once:
            _watch_until_stopped(watch, display, processes)
        return code


def _pages(monitoring: Monitoring) -> dict[str, str]:
    """Return what can be opened: where a server was built without its web pages (Debian's are), its API."""
    address = owners(monitoring)
    exporter, prometheus, alertmanager = (address[owner] for owner in ("the exporter", "Prometheus", "Alertmanager"))
    return {
        "Exporter": exporter,
        "Metrics": f"{exporter}/metrics",
        "Prometheus": _first_that_answers(
            f"{prometheus}/query?g0.expr=ml_accuracy_ratio", f"{prometheus}/api/v1/query?query=ml_accuracy_ratio"
        ),
        "Alerts": _first_that_answers(f"{prometheus}/alerts", f"{prometheus}/api/v1/alerts"),
        "Alertmanager": _first_that_answers(f"{alertmanager}/", f"{alertmanager}/api/v2/alerts"),
    }


def _first_that_answers(*addresses: str) -> str:
    return next((address for address in addresses if answers(address)), addresses[-1])


def _watch_until_shown(settings: DemoSettings, watch: Watch, display: Display, processes: Processes) -> None:
    """Look at the stack until everything has been seen, or the deadline is over."""
    while not watch.complete and (not settings.once or watch.elapsed < settings.deadline):
        processes.check()
        display.update(watch, watch.look())
        time.sleep(_LOOK_SECONDS)


def _verdict(settings: DemoSettings, watch: Watch, display: Display, processes: Processes) -> int:
    """Say what has been shown and what has not; return the exit code."""
    if not watch.complete:
        display.say(f"Not seen within {settings.deadline:g} s: {'; '.join(watch.missing)}", style="red")
        display.say("On a machine that has much else to do, a longer --corrupt-after and --deadline may help.")
        for name in PROCESSES:
            display.say(f"--- end of {name}.log\n{processes.log_end(name)}")
        return 1
    if watch.false_alarms:
        titles = "; ".join(message.title for message in watch.false_alarms)
        display.say(f"Slack was told before anything was wrong: {titles}", style="red")
        return 1
    display.say("Everything was shown.", style="green")
    return 0


def _watch_until_stopped(watch: Watch, display: Display, processes: Processes) -> None:
    """Show what Slack still gets, until Ctrl-C."""
    display.say("All of it goes on running; Ctrl-C stops it.")
    over = False
    while True:
        processes.check()
        for message in watch.look().messages:
            display.message(message)
        if watch.producer.phase == FINISHED and not over:
            over = True
            display.say("The year is over: no flight departs any more, and soon an alert says so of both feeds.")
        time.sleep(_LOOK_SECONDS)
