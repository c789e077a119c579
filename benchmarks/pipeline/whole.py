"""From files to tallies: predictions and labels read, deduplicated, joined, folded over 1,000 versions, durable."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.ledger import events as rows
from benchmarks.memory import resident
from benchmarks.pipeline.setting import BEGIN, batches, monitoring, write_events
from ml_exporter.clock import ManualClock
from ml_exporter.ledger import PredictionRows, SegmentedLedger
from ml_exporter.pipeline import Engine

PAIRS = 500_000


def measure(pending: int, *, features: bool = False) -> dict[str, float]:
    """Return microseconds of the processor an event, over all threads, and the memory, with so many pending before."""
    configured, clock = monitoring(features=features), ManualClock(2 * BEGIN)
    with TemporaryDirectory(prefix="pipeline-benchmark-") as name:
        folder = Path(name)
        write_events(folder, pending, PAIRS, features=features)
        before = resident()
        ledger = SegmentedLedger(folder / "data")
        engine = Engine(configured, ledger)
        _fill(ledger, pending)
        found = {}
        for feed in ("predictions", "labels"):
            began = time.process_time()
            for batch in batches(configured, feed, folder, clock):
                engine.process(batch, clock.now())
            ledger.settle()
            found[feed] = (time.process_time() - began) / PAIRS * 1e6
        found["memory_mb"] = (resident() - before) / 1e6
        assert sum(ledger.pending().values()) == pending
        ledger.close()
    return found


def _fill(ledger: SegmentedLedger, pending: int) -> None:
    """Let predictions wait that no label will reach."""
    for batch in rows.prediction_batches(0, pending):
        with ledger.transaction():
            ledger.add_predictions(
                PredictionRows(
                    batch.series,
                    batch.model,
                    np.char.add("other-", batch.prediction_id.astype(str)).astype(object),
                    batch.timestamp,
                    batch.payload,
                )
            )
    ledger.settle()
