"""The producer: trains the model, then writes its predictions, and what turned out to be true, as JSON lines.

Run as ``python -m ml_exporter.demo.producer --folder DIR --factor 4320 --corrupt-after 45``.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # scikit-learn brings it, without types

from ml_exporter.demo.flights import DataMissing, later_months, load_flights, training_months
from ml_exporter.demo.model import train
from ml_exporter.demo.producer_state import FINISHED, ProducerState, write_state
from ml_exporter.demo.replay import Replay, Tempo

_BEAT = 0.25
"""Seconds between two looks at the clock."""


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
    """Train, then replay the later months until stopped.

    Args:
        folder: where ``feed/`` and the state file go.
        factor: how many times faster than life.
        corrupt_after: seconds of replay until one input of the model breaks.
        stopping: ends the replay.

    Raises:
        DataMissing: the flights are not installed.
    """
    write_state(folder, ProducerState("training"))
    flights = load_flights()
    learned = training_months(flights)
    model = train(learned)
    _say(f"trained on {learned.height:,} flights")
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
            _say("from now on the departure delay reaches the model in seconds instead of minutes")
        predictions.append(replay.departures(now, time.perf_counter, corrupted=bool(corrupted_at)), now)
        landings.append(replay.landings(now), now)
        shown = datetime.fromtimestamp(tempo.flight(now), UTC).strftime("%Y-%m-%d %H:%M")
        write_state(folder, ProducerState("replaying", shown, replay.predictions, replay.labels, corrupted_at))
    if replay.finished:
        write_state(folder, ProducerState(FINISHED, "", replay.predictions, replay.labels, corrupted_at))
        _say("the year is over")
        stopping.wait()  # an end of its own would look like a failure to the demo


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the producer until it is ended, by SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Replay a year of flights as predictions and delayed labels.")
    parser.add_argument("--folder", type=Path, required=True, help="where to write feed/ and producer.json")
    parser.add_argument("--factor", type=float, required=True, help="times faster than life (4320: a day in 20 s)")
    parser.add_argument("--corrupt-after", type=float, required=True, help="seconds until one input breaks")
    chosen = parser.parse_args(arguments)
    threadpool_limits(limits=1)  # some ten rows a call: threads that wait for each other would make up its latency
    try:
        with suppress(KeyboardInterrupt):
            produce(chosen.folder, chosen.factor, chosen.corrupt_after, threading.Event())
    except DataMissing as error:
        sys.exit(f"producer: {error}")


def _say(text: str) -> None:
    """Write a line into the log."""
    print(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}", file=sys.stderr, flush=True)  # noqa: T201 - its log


if __name__ == "__main__":
    main()
