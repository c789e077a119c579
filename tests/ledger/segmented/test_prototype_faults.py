"""Faults that a prototype of this ledger had; each has its test, so that none comes back."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from ml_exporter.ledger import PredictionRows
from ml_exporter.ledger.segmented import SegmentedLedger, Sizes
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, pairs
from tests.ledger.segmented.writer import PatientWriter

SIZES = Sizes(run_rows=4, merged_segments=4, merged_rows=64, kept_changes=2, run_batches=100)


@pytest.fixture(params=["in memory", "in a segment"])
def sizes(request: pytest.FixtureRequest) -> Sizes:
    return SIZES if request.param == "in a segment" else Sizes()


def test_duplicate_labels_that_wait_are_counted_once(sizes: Sizes, tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, sizes)
    with ledger.transaction():
        ledger.add_labels(label_rows([("a", "1", 5.0), ("a", "1", 5.0), ("b", "1", 5.0), ("c", "0", 5.0)]))
    ledger.flush()
    with ledger.transaction():
        again = ledger.add_labels(label_rows([("a", "1", 5.0), ("b", "1", 5.0)]))
        joined = ledger.add_predictions(prediction_rows([("a", FRAUD, 1.0), ("b", FRAUD, 2.0)]))
    assert again.accepted.tolist() == [False, False]
    assert pairs(joined) == [(FRAUD, 1.0, "1", 5.0), (FRAUD, 2.0, "1", 5.0)]
    assert ledger.unmatched_labels() == 1
    ledger.close()


def test_what_was_matched_in_memory_is_matched_in_the_segment(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    rows = [(f"{row}", FRAUD, float(row)) for row in range(16)]
    labels = label_rows([(name, "1", 50.0) for name, _, _ in rows[::2]])
    with ledger.transaction():
        ledger.add_predictions(prediction_rows(rows))
        assert len(pairs(ledger.add_labels(labels))) == 8
    ledger.flush()
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert dict(ledger.pending()) == {FRAUD: 8}
    with ledger.transaction():
        assert pairs(ledger.add_labels(label_rows([(name, "0", 51.0) for name, _, _ in rows[::2]]))) == []
        assert len(pairs(ledger.assume_labels(0, 99.0, "0", 1.0))) == 8
    ledger.close()


def test_labels_that_wait_survive_the_flags_being_written_and_the_log_being_cut(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    with ledger.transaction():
        ledger.add_labels(label_rows([(f"waiting-{row}", "1", 5.0) for row in range(6)]))
    for row in range(8):
        with ledger.transaction():
            ledger.add_predictions(prediction_rows([(f"{row}", FRAUD, 1.0)]))
            ledger.add_labels(label_rows([(f"{row}", "1", 5.0)]))
    ledger.abandon()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert ledger.unmatched_labels() == 6
    with ledger.transaction():
        joined = ledger.add_predictions(prediction_rows([(f"waiting-{row}", FRAUD, 2.0) for row in range(6)]))
    assert len(pairs(joined)) == 6
    ledger.close()


def test_rows_in_memory_survive_the_flags_being_written_without_a_segment(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, Sizes(kept_changes=2))
    with ledger.transaction():
        ledger.add_predictions(prediction_rows([(f"{row}", FRAUD, 1.0) for row in range(6)]))
        ledger.add_labels(label_rows([(f"{row}", "1", 5.0) for row in range(3)]))
    assert ledger._database.connection.execute("SELECT count(*) FROM changes").fetchone() == (0,)
    ledger.abandon()
    ledger = SegmentedLedger(tmp_path, Sizes(kept_changes=2))
    with ledger.transaction():
        assert not ledger.add_predictions(prediction_rows([(f"{row}", FRAUD, 1.0) for row in range(6)])).accepted.any()
        assert len(pairs(ledger.add_labels(label_rows([(f"{row}", "1", 5.0) for row in range(6)])))) == 3
    ledger.close()


def test_a_batch_writes_what_has_changed_and_not_the_whole_store(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, Sizes(run_rows=1 << 14))
    for first in range(0, 100_000, 20_000):
        with ledger.transaction():
            rows = [(f"{row}", FRAUD, float(row)) for row in range(first, first + 20_000)]
            ledger.add_predictions(prediction_rows(rows))
    ledger.flush()
    log = tmp_path / "ledger.sqlite-wal"
    ledger._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with ledger.transaction():
        ledger.add_labels(label_rows([("5", "1", 1e6), ("77777", "1", 1e6)]))
    assert log.stat().st_size < 200_000
    ledger.close()


def test_batches_go_on_while_a_segment_is_written(tmp_path: Path) -> None:
    writing, written = Event(), Event()

    def reached(point: str) -> None:
        if point == "flush half-written":
            writing.set()
            assert written.wait(timeout=30)

    ledger = SegmentedLedger(tmp_path, SIZES, reached)
    with ledger.transaction():
        ledger.add_predictions(prediction_rows([(f"{row}", FRAUD, 1.0) for row in range(5)]))
    assert writing.wait(timeout=30)
    with ledger.transaction():
        ledger.add_predictions(prediction_rows([("later", FRAUD, 2.0)]))
        joined = ledger.add_labels(label_rows([("0", "1", 5.0), ("4", "1", 5.0), ("later", "0", 5.0)]))
    assert len(pairs(joined)) == 3
    written.set()
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert dict(ledger.pending()) == {FRAUD: 3}
    ledger.close()


def test_no_score_and_an_infinite_one_come_back_as_they_were(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES, writer=PatientWriter())
    scores = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308]
    with ledger.transaction():
        ledger.add_predictions(
            PredictionRows(
                series=np.zeros((7, 1), dtype=np.int32),
                model=np.zeros(7, dtype=np.int32),
                prediction_id=np.array([f"{row}" for row in range(7)], dtype=object),
                timestamp=np.arange(7.0),
                payload=np.column_stack([np.ones(7), scores]),
            )
        )
    ledger.flush()
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    with ledger.transaction():
        judged = ledger.add_labels(label_rows([(f"{row}", "1", 9.0) for row in range(7)])).judged
    order = np.argsort(judged.prediction_time)
    np.testing.assert_array_equal(
        np.ascontiguousarray(judged.payload_columns(2)[order, 1]).view(np.uint64), np.array(scores).view(np.uint64)
    )
    ledger.close()
