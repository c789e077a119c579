"""Files of tallies: what is left for the exporter to do when events were joined and added up elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.feeds import Prepare
from benchmarks.pipeline.setting import BEGIN, batches, monitoring, write_events
from ml_exporter.clock import ManualClock
from ml_exporter.feeds.tallies.file_format import Header, frame_of, write_tallies
from ml_exporter.pipeline import Tallying, open_store
from ml_exporter.tallies.counted_by import counted_by


@contextmanager
def tallies(folder: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Files of tallies, one a tenth of the events."""
    configured, clock = monitoring(), ManualClock(2 * BEGIN)
    meaning = {model.name: counted_by(model) for model in configured.models}
    write_events(folder, 0, count)
    ledger = open_store(folder / "elsewhere")
    tallying = Tallying(configured, ledger, clock.now())
    for feed in configured.feeds:
        for number, batch in enumerate(batches(configured, feed.name, folder, clock)):
            tallying.take(batch.events)
            if number % 10 == 9:
                _write(folder, tallying, meaning)
    _write(folder, tallying, meaning)
    ledger.close()
    yield [{"name": "tallies", "kind": "tallies", "path": "tallies/*.parquet"}]


def _write(folder: Path, tallying: Tallying, meaning: dict[str, dict[str, Any]]) -> None:
    tallied = tallying.tallied()
    tallying.forget()
    frame = frame_of(tallied.sums)
    written = len(list(folder.glob("tallies/*.parquet")))
    write_tallies(folder / "tallies", Header("benchmark", written, meaning, tallied.counts, len(frame)), frame)


CASES: dict[str, Prepare] = {"tallies": tallies}
