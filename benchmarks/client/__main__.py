"""Measure calls of a recorder, whose thread sends meanwhile, beside a line of log, a line of JSON, and a histogram."""

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram

from benchmarks import pages
from benchmarks.client.sink import sink
from ml_exporter.client import Limits, Recorder

PAGE = pages.DOCS / "client.md"

Call = Callable[[int], None]
"""Does once what is measured; the number is that of the call."""

Measured = tuple[Call, Callable[[], object]]
"""A call, and what waits until all that it began in the background has ended."""

FEATURES = {f"feature_{number}": number * 1.5 for number in range(8)}
BASE = "a line of log, into a file"


@contextmanager
def _recorder(url: str, folder: Path, *, features: bool) -> Iterator[Measured]:
    limits = Limits(memory_events=10**7, memory_bytes=4 * 1024**3)
    with Recorder(url, model_name="churn", model_version="v1", spool=folder / "spool", limits=limits) as recorder:
        values = FEATURES if features else None

        def call(_number: int) -> None:
            recorder.prediction(score=0.93, segment={"country": "DE"}, features=values, latency_seconds=0.02)

        yield call, lambda: recorder.flush(120.0)
        assert recorder.statistics.dropped == recorder.statistics.invalid == 0


@contextmanager
def _log(folder: Path) -> Iterator[Measured]:
    handler = logging.FileHandler(folder / "log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log = logging.Logger("service", logging.INFO)
    log.addHandler(handler)
    yield lambda number: log.info("predicted %s for %s: %s in %s s", 0.93, number, "DE", 0.02), _nothing
    handler.close()


@contextmanager
def _lines(folder: Path) -> Iterator[Measured]:
    with (folder / "lines").open("a", buffering=1) as file:

        def call(number: int) -> None:
            event = {"prediction_id": str(number), "model_name": "churn", "timestamp": time.time(), "score": 0.93}
            file.write(json.dumps(event | {"segment": {"country": "DE"}, "latency_seconds": 0.02}) + "\n")

        yield call, _nothing


@contextmanager
def _histogram() -> Iterator[Measured]:
    histogram = Histogram("latency_seconds", "Latency.", ["country"], registry=CollectorRegistry())
    yield lambda _number: histogram.labels(country="DE").observe(0.02), _nothing


@contextmanager
def _request(url: str) -> Iterator[Measured]:
    def call(number: int) -> None:
        event = json.dumps({"prediction_id": str(number), "model_name": "churn", "score": 0.93}).encode()
        with urllib.request.urlopen(f"{url}/api/v1/predictions", event, timeout=10) as answer:  # noqa: S310 - loopback
            answer.read()

    yield call, _nothing


def _nothing() -> None:
    """Nothing was begun in the background."""


def measure(call: Call, settle: Callable[[], object], calls: int) -> tuple[float, float, float]:
    """Return the median and the 99th percentile of a call, and the processor's time of all threads, in µs."""
    taken = []
    for number in range(1000):
        call(number)
    processor = time.process_time()
    for number in range(calls):
        began = time.perf_counter_ns()
        call(number)
        taken.append(time.perf_counter_ns() - began)
    settle()
    processor = time.process_time() - processor
    percentiles = statistics.quantiles(taken, n=100)
    return statistics.median(taken) / 1e3, percentiles[98] / 1e3, processor / calls * 1e6


def table(calls: int) -> str:
    """Measure all, and return the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="client-benchmark-")))
        url = stack.enter_context(sink())
        cases = {
            "`recorder.prediction(...)`": (_recorder(url, folder, features=False), calls),
            "the same with eight features": (_recorder(url, folder, features=True), calls),
            BASE: (_log(folder), calls),
            "a line of JSON, into a file": (_lines(folder), calls),
            "`Histogram.observe` of prometheus-client": (_histogram(), calls),
            "a request of its own to the exporter": (_request(url), calls // 100),
        }
        found = {}
        for name, (context, number) in cases.items():
            with context as (call, settle):
                found[name] = measure(call, settle, number)
    lines = ["| | median µs | 99 % below | processor, µs | to a line of log |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, (median, high, processor) in found.items():
        ratio = median / found[BASE][0]
        lines.append(f"| {name} | {median:,.1f} | {high:,.1f} | {processor:,.1f} | {ratio:.2g} |")
    return "\n".join(lines)


def importing() -> str:
    """Measure what importing costs: the least of some runs, milliseconds beyond those of an empty interpreter."""
    modules = ["ml_exporter.client", "ml_exporter.client.asgi", "requests", "numpy", "ml_exporter.feeds"]
    empty = _import_milliseconds("pass")
    lines = ["| `import` | ms |", "| --- | ---: |"]
    lines += [f"| `{module}` | {_import_milliseconds(f'import {module}') - empty:.0f} |" for module in modules]
    return "\n".join(lines)


def _import_milliseconds(statement: str) -> float:
    program = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    command = [sys.executable, "-c", program]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(5)]  # noqa: S603 - ours
    return min(float(run.stdout) for run in runs) * 1e3


def main() -> None:
    """Measure, print the tables, and put them into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="of each kind; a hundredth of requests")
    for name, text in (("calls", table(parser.parse_args().calls)), ("imports", importing())):
        print(f"\n{text}\n", flush=True)
        pages.put(PAGE, name, text)


if __name__ == "__main__":
    main()
