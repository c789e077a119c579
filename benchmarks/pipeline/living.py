"""The whole process: from files to /metrics, from its start to the first metrics, and how long a scrape takes."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import numpy as np

from benchmarks.memory import resident
from benchmarks.pipeline import events
from benchmarks.pipeline.process import Exporter
from benchmarks.pipeline.setting import settings

PAIRS = 300_000
STORED = 1_000_000
SCRAPES = 100
RATE = 5000
"""Predictions a second that are written while it is scraped."""


def backlog(versions: int) -> dict[str, float]:
    """Return what it takes to work off a backlog: seconds of the processor and of the clock, ticks and all."""
    with TemporaryDirectory(prefix="process-benchmark-") as name:
        folder = Path(name)
        begin = time.time() - events.DELAY - PAIRS / 1000 - 60
        events.write(folder / "predictions.jsonl", events.prediction_lines(0, PAIRS, begin, versions=versions))
        events.write(folder / "labels.jsonl", events.label_lines(0, PAIRS, begin))
        with Exporter(folder, settings()) as exporter:
            exporter.start()
            exporter.wait()
            processor, clock = exporter.processor_seconds, time.perf_counter()
            exporter.wait(2 * PAIRS)
            used, lasted = exporter.processor_seconds - processor, time.perf_counter() - clock
            memory = resident(exporter.number) / 1e6
            exporter.end(signal.SIGTERM)
    return {"processor_us": used / PAIRS / 2 * 1e6, "wall_s": lasted, "memory_mb": memory}


def restart() -> dict[str, float]:
    """Return processor seconds from a start to metrics: with an empty store, after SIGTERM, after kill -9."""
    found = {}
    with TemporaryDirectory(prefix="process-benchmark-") as name:
        folder = Path(name)
        with Exporter(folder, settings()) as exporter:
            found["empty"] = _started(exporter)
            begin = time.time() - STORED / 1000 - 60
            events.write(folder / "predictions.jsonl", events.prediction_lines(0, STORED, begin, versions=10))
            exporter.wait(STORED)
            exporter.end(signal.SIGKILL)
            found["after kill -9"] = _started(exporter)
            exporter.end(signal.SIGTERM)
            found["after SIGTERM"] = _started(exporter)
            exporter.end(signal.SIGTERM)
    return found


def _started(exporter: Exporter) -> float:
    exporter.start()
    exporter.wait()
    return exporter.processor_seconds


def scrapes(versions: int) -> dict[str, float]:
    """Return how long scrapes take while events come in, milliseconds, and how many time series they have."""
    with TemporaryDirectory(prefix="process-benchmark-") as name:
        folder = Path(name)
        with Exporter(folder, settings()) as exporter, _writing(folder, versions):
            exporter.start()
            exporter.wait(2 * versions * 10)
            time.sleep(20)  # one tick at least
            taken = []
            for _ in range(SCRAPES):
                began = time.perf_counter()
                exporter.scrape()
                taken.append((time.perf_counter() - began) * 1e3)
                time.sleep(0.05)
            series = exporter.series()
            exporter.end(signal.SIGTERM)
    return {"series": series, "p50_ms": float(np.median(taken)), "p99_ms": float(np.quantile(taken, 0.99))}


@contextmanager
def _writing(folder: Path, versions: int) -> Iterator[None]:
    """Write predictions and, a minute of their time later, labels, while the context lasts."""
    stop, begin = Event(), time.time() - events.DELAY - 600

    def write() -> None:
        with (folder / "predictions.jsonl").open("ab") as predictions, (folder / "labels.jsonl").open("ab") as labels:
            for second in count():
                first = second * RATE
                for text in events.prediction_lines(first, RATE, begin, versions=versions):
                    predictions.write(text)
                for text in events.label_lines(first, RATE, begin):
                    labels.write(text)
                predictions.flush()
                labels.flush()
                if stop.wait(1.0):
                    return

    writer = Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
