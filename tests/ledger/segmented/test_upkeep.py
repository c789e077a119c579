"""Rows on their way from memory into segments, segments merged and dropped, and what goes wrong on the way."""

import errno
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from ml_exporter.ledger import StoreError
from ml_exporter.ledger.segmented import SegmentedLedger, Sizes
from ml_exporter.ledger.segmented.memory_run import MemoryRun
from ml_exporter.ledger.segmented.rows import Rows
from ml_exporter.ledger.segmented.segment_run import SegmentRun
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, OTHER_MODEL_SERIES, pairs
from tests.ledger.segmented.writer import PatientWriter

SIZES = Sizes(run_rows=16, merged_segments=4, merged_rows=128, kept_changes=1000, run_batches=100)


def predict(ledger: SegmentedLedger, first: int, count: int, *, series: int = FRAUD, model: int = 0) -> None:
    with ledger.transaction():
        rows = [(f"id-{row}", series, float(row)) for row in range(first, first + count)]
        ledger.add_predictions(prediction_rows(rows, model=model))


def nothing_happens(ledger: SegmentedLedger) -> None:
    with ledger.transaction():
        pass


def runs(ledger: SegmentedLedger) -> list[tuple[str, int]]:
    """Return the kinds and rows of the runs of predictions."""
    kinds = {MemoryRun: "memory", SegmentRun: "segment"}
    return [(kinds[type(run)], run.rows) for run in ledger._loaded().predictions.lanes[0].runs]


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "segments").iterdir()}


def judged(ledger: SegmentedLedger, rows: int) -> int:
    with ledger.transaction():
        labels = label_rows([(f"id-{row}", "1", row + 1.0) for row in range(rows)])
        return len(pairs(ledger.add_labels(labels)))


def test_full_runs_become_segments_and_segments_are_merged(tmp_path: Path) -> None:
    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, SIZES, writer=writer)
    predict(ledger, 0, 70)
    assert runs(ledger) == [("memory", 16)] * 4 + [("memory", 6)]
    for _ in range(4):
        writer.work()
    nothing_happens(ledger)
    assert runs(ledger) == [("segment", 16)] * 4 + [("memory", 6)]
    old = files(tmp_path)
    writer.work()
    nothing_happens(ledger)
    assert runs(ledger) == [("segment", 64), ("memory", 6)]
    assert len(files(tmp_path)) == 1
    assert not files(tmp_path) & old
    assert judged(ledger, 70) == 70
    ledger.close()


def test_segments_that_are_large_enough_stay_as_they_are(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    predict(ledger, 0, 16 * 12)
    ledger.flush()
    assert runs(ledger) == [("segment", 64)] * 3
    ledger.close()


def test_a_run_of_many_small_batches_becomes_a_segment_before_it_is_full(tmp_path: Path) -> None:
    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, Sizes(run_rows=1000, run_batches=3), writer=writer)
    for batch in range(3):
        predict(ledger, batch, 1)
    writer.work()
    nothing_happens(ledger)
    assert runs(ledger) == [("segment", 3)]
    ledger.close()


def test_labels_that_meet_a_run_while_it_is_written_are_not_forgotten(tmp_path: Path) -> None:
    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, SIZES, writer=writer)
    predict(ledger, 0, 64)
    assert judged(ledger, 10) == 10
    for _ in range(4):
        writer.work()
    nothing_happens(ledger)
    assert judged(ledger, 20) == 10
    with ledger.transaction():
        ledger.expire_predictions(0, 5.0)
    writer.work()
    nothing_happens(ledger)
    assert runs(ledger) == [("segment", 64)]
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert dict(ledger.pending()) == {FRAUD: 44}
    assert judged(ledger, 30) == 10
    ledger.close()


def test_expiry_deletes_the_files_of_segments_of_which_nothing_is_left(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    predict(ledger, 0, 64 * 3)
    ledger.flush()
    before = files(tmp_path)
    with ledger.transaction():
        assert dict(ledger.expire_predictions(0, 130.0)) == {FRAUD: 130}
    nothing_happens(ledger)
    assert runs(ledger) == [("segment", 64)]
    assert len(files(tmp_path)) == 1
    assert files(tmp_path) < before
    ledger.close()


def test_files_are_deleted_only_once_the_disk_knows_that_they_are_not_needed(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    predict(ledger, 0, 64)
    ledger.flush()
    (before,) = files(tmp_path)
    with ledger.transaction():
        ledger.expire_predictions(0, 64.0)
    assert files(tmp_path) == {before}
    with ledger.transaction():
        assert ledger._database.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert files(tmp_path) == set()
    ledger.close()


def test_a_segment_of_which_little_is_left_is_written_anew_without_the_rest(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    for first in range(0, 64, 16):
        predict(ledger, first, 13)
        predict(ledger, first + 13, 3, series=OTHER_MODEL_SERIES, model=1)
    ledger.flush()
    assert runs(ledger) == [("segment", 64)]
    with ledger.transaction():
        ledger.expire_predictions(0, 64.0)
    ledger.flush()
    assert runs(ledger) == [("segment", 12)]
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert dict(ledger.pending()) == {OTHER_MODEL_SERIES: 12}
    assert judged(ledger, 64) == 12
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert dict(ledger.pending()) == {}
    assert judged(ledger, 64) == 0
    ledger.close()


def test_files_that_a_crash_has_left_behind_are_deleted(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    predict(ledger, 0, 64)
    ledger.flush()
    ledger.close()
    known = files(tmp_path)
    (tmp_path / "segments" / "predictions-2-99-cafe.segment").write_bytes(b"half a segm")
    SegmentedLedger(tmp_path, SIZES).close()
    assert files(tmp_path) == known


def test_a_segment_that_cannot_be_written_is_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    full = True

    def reached(point: str) -> None:
        if full and point == "flush half-written":
            raise OSError(errno.ENOSPC, "No space left on device")

    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, SIZES, reached, writer)
    predict(ledger, 0, 20)
    with capture_logs() as logs:
        for _ in range(3):
            writer.work()
            nothing_happens(ledger)
    assert [(entry["event"], "No space left" in entry["error"]) for entry in logs] == [("segment not written", True)]
    assert runs(ledger) == [("memory", 16), ("memory", 4)]
    assert files(tmp_path) == set()
    full = False
    writer.work()
    with capture_logs() as logs:
        nothing_happens(ledger)
    assert [entry["event"] for entry in logs] == ["segments are written again"]
    assert runs(ledger) == [("segment", 16), ("memory", 4)]
    assert judged(ledger, 20) == 20
    ledger.close()


def test_a_segment_whose_transaction_failed_is_deleted_after_the_next_one(tmp_path: Path) -> None:
    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, SIZES, writer=writer)
    predict(ledger, 0, 20)
    for _ in range(3):
        writer.work()
        with pytest.raises(RuntimeError), ledger.transaction():
            raise RuntimeError
        predict(ledger, 0, 1)  # a duplicate
    assert len(files(tmp_path)) <= 1
    ledger.flush()
    assert files(tmp_path) == {run.name for run in ledger._loaded().predictions.lanes[0].runs}
    assert judged(ledger, 20) == 20
    ledger.close()


def test_ages_that_change_while_a_run_is_written_do_not_change_what_is_written() -> None:
    run = MemoryRun(0, 8)
    rows = Rows(np.arange(8, dtype=np.uint64), np.zeros(8, dtype=np.uint8), {"time": np.arange(8.0)})
    run.append(rows, lambda added: np.zeros(len(added), dtype=np.int32))
    run.seal()
    written = run.source().ages()
    run.ages.settle(0, np.array([0]), np.array([5]), np.array([5.0]))
    assert (float(run.ages.oldest[0, 0]), float(written.oldest[0, 0])) == (5.0, 0.0)


def test_batches_are_refused_while_too_many_runs_wait_for_a_full_disk(tmp_path: Path) -> None:
    full = True

    def reached(point: str) -> None:
        if full and point == "flush half-written":
            raise OSError(errno.ENOSPC, "No space left on device")

    ledger = SegmentedLedger(tmp_path, SIZES, reached, PatientWriter())
    predict(ledger, 0, 100)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"could not be written.*No space left.*check free space"):
            predict(ledger, 100, 10)
    full = False
    for _ in range(5):
        try:
            predict(ledger, 100, 10)
            break
        except StoreError:
            continue
    assert judged(ledger, 110) == 110
    ledger.close()


def test_rows_after_one_that_could_not_be_written_wait_for_it(tmp_path: Path) -> None:
    failures = 1

    def reached(point: str) -> None:
        nonlocal failures
        if point == "flush half-written" and failures:
            failures -= 1
            raise OSError(errno.EIO, "Input/output error")

    writer = PatientWriter()
    ledger = SegmentedLedger(tmp_path, SIZES, reached, writer)
    predict(ledger, 0, 40)
    writer.work()
    writer.work()
    nothing_happens(ledger)
    assert [kind for kind, _ in runs(ledger)] == ["memory", "memory", "memory"]
    ledger.abandon()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert judged(ledger, 40) == 40
    ledger.close()


@pytest.mark.parametrize(("acknowledged", "level"), [(True, 2), (False, 1)])
def test_what_is_acknowledged_is_on_the_disk(acknowledged: bool, level: int, tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path)
    with ledger.transaction(acknowledged=acknowledged):
        assert ledger._database.connection.execute("PRAGMA synchronous").fetchone() == (level,)
    ledger.close()


def test_changes_of_flags_are_replaced_by_blocks_after_some_time(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, Sizes(kept_changes=30))
    predict(ledger, 0, 100)
    kept = []
    for batch in range(5):
        with ledger.transaction():
            ledger.add_labels(label_rows([(f"id-{batch * 10 + row}", "1", 200.0) for row in range(10)]))
        kept.append(ledger._database.connection.execute("SELECT count(*) FROM changes").fetchone()[0])
    assert kept == [1, 2, 0, 1, 2]
    ledger.abandon()
    ledger = SegmentedLedger(tmp_path)
    assert dict(ledger.pending()) == {FRAUD: 50}
    assert judged(ledger, 100) == 50
    ledger.close()


def test_a_store_that_was_closed_opens_without_reading_batches_again(tmp_path: Path) -> None:
    ledger = SegmentedLedger(tmp_path, SIZES)
    predict(ledger, 0, 10)
    ledger.close()
    ledger = SegmentedLedger(tmp_path, SIZES)
    assert runs(ledger) == [("segment", 10)]
    assert ledger._database.connection.execute("SELECT count(*) FROM batches").fetchone() == (0,)
    assert judged(ledger, 10) == 10
    ledger.close()
