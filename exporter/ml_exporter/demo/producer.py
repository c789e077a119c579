"""The producer: trains the model, then writes its predictions, and what turned out to be true, as JSON lines.

Run as ``python -m ml_exporter.demo.producer --folder DIR``.
"""

import argparse
import json
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ml_exporter.demo.flights import later_months, load_flights, training_months
from ml_exporter.demo.model import train
from ml_exporter.demo.replay import Replay, Tempo

STATE_FILE = "producer.json"
_BEAT = 0.25
"""Seconds between two looks at the clock."""


@dataclass(frozen=True)
class ProducerState:
    """What the producer is doing, for the display."""

    phase: str = "starting"
    """starting, training, replaying, finished"""

    flights_time: str = ""
    predictions: int = 0
    labels: int = 0
    corrupted_at: float = 0.0
    """Wall time, seconds since the epoch; 0: not yet."""


def write_state(folder: Path, state: ProducerState) -> None:
    """Replace the state file as a whole: a reader never sees half of it."""
    fresh = folder / f"{STATE_FILE}.new"
    fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
    fresh.replace(folder / STATE_FILE)


def read_state(folder: Path) -> ProducerState:
    """Return what the producer last said, or that it is starting."""
    try:
        return ProducerState(**json.loads((folder / STATE_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ProducerState()


class LineWriter:
    """Appends JSON lines to a file that changes every minute, so that the feed's glob grows."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def append(self, rows: Sequence[dict[str, Any]], now: float) -> None:
        """Write rows down, complete lines only."""
        if rows:
            minute = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M")
            with (self._folder / f"{self._name}-{minute}.jsonl").open("a", encoding="utf-8") as file:
                file.write("".join(f"{json.dumps(row)}\n" for row in rows))


def produce(folder: Path, factor: float, corrupt_after: float, stopping: threading.Event) -> None:
    """Train, then replay until stopped or until the year is over.

    Args:
        folder: where ``feed/`` and the state file go.
        factor: how many times faster than life.
        corrupt_after: seconds of replay until one input of the model breaks.
        stopping: ends the replay.
    """
    write_state(folder, ProducerState("training"))
    flights = load_flights()
    model = train(training_months(flights))
    later = later_months(flights)
    begin = time.time()
    first = later["departed"].dt.epoch("s").item(0)
    tempo = Tempo(float(first), begin, factor)
    replay = Replay(later, model.scores, tempo, model.version)
    feed = folder / "feed"
    feed.mkdir(parents=True, exist_ok=True)
    predictions, landings = LineWriter(feed, "predictions"), LineWriter(feed, "landings")
    corrupted_at = 0.0
    while not replay.finished and not stopping.wait(_BEAT):
        now = time.time()
        if not corrupted_at and now - begin >= corrupt_after:
            corrupted_at = now
        predictions.append(replay.departures(now, time.perf_counter, corrupted=bool(corrupted_at)), now)
        landings.append(replay.landings(now), now)
        shown = datetime.fromtimestamp(tempo.flight(now), UTC).strftime("%Y-%m-%d %H:%M")
        write_state(folder, ProducerState("replaying", shown, replay.predictions, replay.labels, corrupted_at))
    if replay.finished:
        write_state(folder, ProducerState("finished", "", replay.predictions, replay.labels, corrupted_at))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the producer until SIGTERM."""
    parser = argparse.ArgumentParser(description="Replay a year of flights as predictions and delayed labels.")
    parser.add_argument("--folder", type=Path, required=True, help="where to write feed/ and producer.json")
    parser.add_argument("--factor", type=float, default=4320.0, help="times faster than life (4320: a day in 20 s)")
    parser.add_argument("--corrupt-after", type=float, default=60.0, help="seconds until one input breaks")
    chosen = parser.parse_args(arguments)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    signal.signal(signal.SIGINT, lambda _signal, _frame: stopping.set())
    produce(chosen.folder, chosen.factor, chosen.corrupt_after, stopping)


if __name__ == "__main__":
    main()
