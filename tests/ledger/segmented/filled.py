"""A store with something of everything in it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ml_exporter.ledger import JudgedPredictions, Ledger
from ml_exporter.ledger.segmented import SegmentedLedger, Sizes
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import valued_pairs
from tests.ledger.segmented.writer import PatientWriter

SMALL = Sizes(run_rows=64, merged_segments=4, merged_rows=1024, kept_changes=400, run_batches=500)
WITHIN_TEN = {0: 10.0}


def fill(ledger: Ledger, after_batch: Callable[[], None], *, batches: int = 12) -> None:
    """Fill a ledger: labels before and after, corrections, silence, expiry, texts; some rows still in memory."""
    for batch in range(batches):
        ids = [f"{batch}-{row}" for row in range(20)]
        with ledger.transaction():
            ledger.add_labels(label_rows([(ids[row], "early", float(batch)) for row in (0, 1)]), WITHIN_TEN)
            ledger.add_predictions(prediction_rows([(name, row % 3, batch + row / 32) for row, name in enumerate(ids)]))
            ledger.add_labels(label_rows([(ids[row], str(row % 2), batch + 1.0) for row in range(2, 9)]), WITHIN_TEN)
            ledger.add_labels(label_rows([(ids[2], "1", batch + 2.0)], value=[batch / 7]), WITHIN_TEN)
            ledger.add_labels(label_rows([(f"none-{batch}", "1", float(batch))]))
            ledger.write(f"state/{batch}", b"x" * 100 * batch)
        after_batch()
    with ledger.transaction():
        ledger.assume_labels(0, 3.0, "0", 5.0)
        ledger.expire_predictions(0, 2.0)
        ledger.expire_labels(2.0)


def answers(ledger: Ledger, *, batches: int = 12) -> list[object]:
    """Ask a ledger for everything that it can tell; it is another one afterwards."""
    told: list[object] = [sorted(ledger.pending().items()), ledger.unmatched_labels(), ledger.read_all("state/")]
    ids = [f"{batch}-{row}" for batch in range(batches) for row in range(20)]
    with ledger.transaction():
        again = ledger.add_predictions(prediction_rows([(name, row % 20 % 3, 9.0) for row, name in enumerate(ids)]))
        labels = label_rows([(name, "other", 13.0) for name in ids])
        judged = ledger.add_labels(labels, {0: 100.0})
    told += [again.accepted.tolist(), sorted_pairs(again.judged), judged.accepted.tolist(), judged.conflicts]
    told += [sorted_pairs(judged.judged), sorted_pairs(judged.retracted)]
    told += [np.sort(judged.judged.payload[:, 1]).tolist()]
    with ledger.transaction():
        told.append(sorted(ledger.expire_predictions(0, 99.0).items()))
    return told


def sorted_pairs(judged: JudgedPredictions) -> list[str]:
    return sorted(map(str, valued_pairs(judged)))


def filled(folder: Path) -> Path:
    """Make such a store, and let go of it as a killed process does; return its folder."""
    writer = PatientWriter()
    ledger = SegmentedLedger(folder, SMALL, writer=writer)
    fill(ledger, writer.work)
    ledger.abandon()
    return folder
