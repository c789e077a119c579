"""A fleet's life as Prometheus would have scraped it: the real engine, ticked by hand, as blocks of its database.

To look at the dashboards on it, serve a day of it::

    python -m tests.bundle.history 9090
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ml_exporter.bundle.promql import JOB, selector
from ml_exporter.config import Monitoring
from ml_exporter.demo.processes import Processes
from ml_exporter.demo.servers import start_prometheus
from tests.bundle import machine
from tests.bundle.configurations import fleet
from tests.bundle.fleet import Fleet
from tests.pipeline.in_process import InProcess
from tests.scraped import Scraped
from tests.stack.servers import promtool

HOUR = 3600
_TARGET = {"job": JOB, "instance": "localhost:9877"}
_BEFORE = 100
"""Hours before the first tick that are read as a backlog: baselines are learnt from them."""

_AT_ONCE = 5
"""Hours of it that are read as one batch."""


def write_blocks(
    monitoring: Monitoring, folder: Path, ticks: Sequence[float], scraped_from: float, each: int, hourly: int
) -> None:
    """Write the history into a folder for Prometheus' data.

    Args:
        monitoring: the configuration of the fleet.
        folder: the folder; made if missing.
        ticks: their times, seconds since the epoch; the last one is the fleet's end.
        scraped_from: the tick from which on Prometheus was there.
        each: predictions a version between two ticks.
        hourly: predictions a version in each hour before the first one.
    """
    text = folder.parent / "history.txt"
    text.parent.mkdir(parents=True, exist_ok=True)
    with text.open("w", encoding="utf-8") as file:
        for line in _samples(monitoring, folder.parent / "store", ticks, scraped_from, each, hourly):
            file.write(f"{line}\n")
        file.write("# EOF\n")
    subprocess.run(
        [promtool(), "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder)],
        check=True,
        capture_output=True,
    )


def _samples(
    monitoring: Monitoring, store: Path, ticks: Sequence[float], scraped_from: float, each: int, hourly: int
) -> Iterator[str]:
    exporter, events = InProcess(store, monitoring), Fleet(ticks[-1])
    exporter.at = ticks[0]
    for hours in range(_BEFORE, 0, -_AT_ONCE):
        begin = ticks[0] - hours * HOUR
        _take(exporter, events, begin, begin + _AT_ONCE * HOUR, _AT_ONCE * hourly)
    names = [model.name for model in monitoring.models]
    for since, at in zip((ticks[0] - HOUR, *ticks), ticks, strict=False):
        exporter.at = at
        _take(exporter, events, since, at, each)
        text = exporter.snapshot().text.text.decode()
        if at < scraped_from:
            continue
        shown = [line for line in text.splitlines() if not line.startswith("#")]
        yield from (_scraped(line, at) for line in shown)
        verdicts = Scraped("".join(f"{line}\n" for line in shown if line.startswith(machine.VERDICTS)).encode())
        beside = [*machine.machine(at, at - ticks[0], names), *machine.scrape(len(shown)), *machine.alerts(verdicts)]
        beside += machine.servers(at - ticks[0])
        for name, labels, value in beside:
            yield f"{selector(name, **labels, **_TARGET)} {value!r} {at:.0f}"
    exporter.close()


def _take(exporter: InProcess, events: Fleet, since: float, until: float, each: int) -> None:
    predictions, labels = events.events(since, until, each)
    exporter.predict(b"no event", *predictions)
    exporter.label(*labels)


def _scraped(line: str, at: float) -> str:
    """Return a line of /metrics as it is stored: with the labels of its target, and the time of the scrape."""
    series, _, value = line.rpartition(" ")
    target = selector("", **_TARGET)
    series = f"{series[:-1]},{target[1:]}" if series.endswith("}") else series + target
    return f"{series} {value} {at:.0f}"


def _serve(port: int) -> None:
    """Serve a day, scraped every five minutes, until Ctrl-C."""
    end, every = int(time.time()), 300
    ticks = [float(at) for at in range(end - 24 * HOUR, end + 1, every)]
    with tempfile.TemporaryDirectory() as scratch, Processes(Path(scratch) / "logs") as processes:
        folder = Path(scratch) / "server"
        write_blocks(fleet(), folder / "tsdb", ticks, ticks[0], each=25, hourly=300)
        (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
        start_prometheus(processes, folder / "prometheus.yml", folder / "tsdb", port)
        while True:
            processes.check()
            time.sleep(1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
