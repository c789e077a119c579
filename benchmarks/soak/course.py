"""The course of a soak: lives of an exporter while events are written, and what it says in the end."""

import math
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.soak import truth
from benchmarks.soak.exporter import Exporter
from benchmarks.soak.files import FeedFiles
from benchmarks.soak.world import World

SETTLED_WITHIN = 120.0
"""Seconds after which all must have been read."""

_DAYS_AGO = 30 * 86400.0
_TERMINATED = 0.15
_ROTATED = 0.03
_TRUNCATED = 0.1

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass
class Report:
    """What happened."""

    lives: int = 0
    events: int = 0
    rotations: int = 0
    truncations: int = 0
    ready_seconds: list[float] = field(default_factory=list)
    peak_memory: int = 0
    segments: int = 0
    wrong: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    """Sample to what /metrics says and what the plain loop says."""


class Soak:
    """A soak in a folder."""

    def __init__(self, folder: Path, seed: int, events_a_step: int) -> None:
        feed = folder / "feed"
        feed.mkdir(parents=True)
        self._folder = folder
        self._random = Random(seed)
        self._world = World(Random(seed + 1), time.time() // 3600 * 3600 - _DAYS_AGO)
        self._predictions = FeedFiles(feed, "predictions", self._random)
        self._labels = FeedFiles(feed, "labels", self._random)
        self._events_a_step = events_a_step
        self._report = Report()

    def run(self, go_on: Callable[[Report], bool], longest_life: float, steps_a_second: float) -> Report:
        """Let exporters live and die while there is something to go on for, then compare.

        Args:
            go_on: whether there is to be one more life.
            longest_life: seconds, from when it serves metrics.
            steps_a_second: how often events are written.
        """
        with Exporter(self._folder) as exporter:
            while go_on(self._report):
                exporter.start()
                self._write_for(self._random.uniform(0.0, longest_life), steps_a_second)
                if self._random.random() < _TRUNCATED:
                    self._truncate(exporter)
                orderly = self._random.random() < _TERMINATED
                exporter.end(signal.SIGTERM if orderly else signal.SIGKILL)
                self._report.lives += 1
                self.step()
            exporter.start()
            self._compare(exporter)
            exporter.end(signal.SIGTERM)
        self._report.ready_seconds, self._report.peak_memory = exporter.ready_seconds, exporter.peak_memory
        self._report.events = len(self._world.predictions) + len(self._world.labels)
        self._report.segments = len(list((self._folder / "data" / "segments").iterdir()))
        return self._report

    def _write_for(self, seconds: float, steps_a_second: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.step()
            time.sleep(self._random.uniform(0, 2 / steps_a_second))

    def step(self) -> None:
        """Let the models' time move on, and write what happens."""
        predictions, labels = self._world.step(self._events_a_step)
        for files, events in ((self._predictions, predictions), (self._labels, labels)):
            files.append(events)
            if self._random.random() < _ROTATED:
                files.rotate()
                self._report.rotations += 1

    def _truncate(self, exporter: Exporter) -> None:
        """Truncate a file once all of it has been read: what is not read is destroyed by who truncates."""
        self._read_all(exporter)
        files = self._random.choice((self._predictions, self._labels))
        if files.path.exists():
            files.truncate()
            self._report.truncations += 1

    def _read_all(self, exporter: Exporter) -> Samples:
        """Finish all lines, wait until they are read, and return what /metrics says.

        Raises:
            TimeoutError: they were not.
        """
        self._predictions.finish()
        self._labels.finish()
        written = len(self._world.predictions) + len(self._world.labels)
        deadline = time.monotonic() + SETTLED_WITHIN
        while time.monotonic() < deadline:
            said = _samples(exporter.metrics() or b"")
            read = sum(value for (name, _), value in said.items() if name == "ml_exporter_feed_events_total")
            if read == written:
                return said
            time.sleep(0.2)
        raise TimeoutError(f"{read:.0f} events of {written} were read in {SETTLED_WITHIN:.0f} seconds")

    def _compare(self, exporter: Exporter) -> None:
        """Compare /metrics with the plain loop, until it agrees: silence and expiry come with the next ticks."""
        self._read_all(exporter)
        expected = truth.expected(self._world).found
        deadline = time.monotonic() + SETTLED_WITHIN / 4
        while True:
            said = _samples(exporter.metrics() or b"")
            self._report.wrong = {
                f"{name}{dict(labels)}": (said.get((name, labels)), value)
                for (name, labels), value in expected.items()
                if not math.isclose(said.get((name, labels), 0.0), value, rel_tol=1e-9, abs_tol=1e-12)
            }
            if not self._report.wrong or time.monotonic() > deadline:
                return
            time.sleep(0.5)


def _samples(text: bytes) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }
