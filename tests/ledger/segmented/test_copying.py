"""Backups, restored stores, and looking at a store beside its owner."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from ml_exporter.ledger import StoreError
from ml_exporter.ledger.segmented import SegmentedLedger, back_up, copying, inspect, restore, verify
from tests.builders import label_rows, prediction_rows
from tests.ledger.contract.opened import FRAUD, pairs
from tests.ledger.segmented.filled import SMALL, answers, filled


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("filled") / "store")


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    return shutil.copytree(store, tmp_path / "store")


def answered(folder: Path) -> list[object]:
    ledger = SegmentedLedger(folder, SMALL)
    try:
        return answers(ledger)
    finally:
        ledger.abandon()


def test_a_restored_backup_answers_as_the_store_did(copy: Path, tmp_path: Path) -> None:
    held = back_up(copy, tmp_path / "backup")
    assert held == inspect(copy)
    right = answered(copy)
    restored, aside = restore(tmp_path / "backup", copy)
    assert restored == held
    assert aside is not None
    assert {path.name for path in aside.iterdir()} >= {"ledger.sqlite", "segments"}
    assert answered(copy) == right


def test_a_backup_is_restored_where_there_was_no_store(copy: Path, tmp_path: Path) -> None:
    back_up(copy, tmp_path / "backup")
    _, aside = restore(tmp_path / "backup", tmp_path / "new" / "store")
    assert aside is None
    assert answered(tmp_path / "new" / "store") == answered(copy)


def test_a_backup_while_the_exporter_writes_is_the_store_at_one_moment(tmp_path: Path) -> None:
    stop, begun = Event(), Event()

    def write() -> None:
        ledger = SegmentedLedger(tmp_path / "store", SMALL)
        number = 0
        while not stop.is_set():
            with ledger.transaction():
                ledger.add_predictions(prediction_rows([(f"{number}-{row}", FRAUD, number) for row in range(50)]))
                ledger.add_labels(label_rows([(f"{number}-{row}", "1", number + 1.0) for row in range(25)]))
                ledger.expire_predictions(0, number - 20.0)
                ledger.write("number", str(number).encode())
            number += 1
            if number == 30:
                begun.set()
        ledger.close()

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(timeout=60)
        for number in range(3):
            back_up(tmp_path / "store", tmp_path / f"backup-{number}")
            verify(tmp_path / "store")
    finally:
        stop.set()
        writer.join(timeout=60)
    for number in range(3):
        ledger = SegmentedLedger(tmp_path / f"backup-{number}", SMALL)
        last = int(ledger.read("number") or b"")
        assert dict(ledger.pending()) == {FRAUD: 21 * 25}
        with ledger.transaction():
            again = ledger.add_predictions(prediction_rows([(f"{last}-0", FRAUD, 1.0), (f"{last + 1}-0", FRAUD, 1.0)]))
            joined = ledger.add_labels(label_rows([(f"{last}-{row}", "1", last + 1.0) for row in range(50)]))
        assert again.accepted.tolist() == [False, True]
        assert len(pairs(joined)) == 25
        ledger.close()


def test_segments_that_vanish_between_database_and_files_are_copied_again(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = copying._segments_of
    attempts = []

    def first_too_old(folder: Path) -> list[str]:
        attempts.append(folder)
        return ["merged-away.segment", *named(folder)] if len(attempts) < 3 else named(folder)

    monkeypatch.setattr(copying, "_segments_of", first_too_old)
    back_up(copy, tmp_path / "backup")
    assert len(attempts) == 3
    assert answered(tmp_path / "backup") == answered(copy)
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_a_damaged_store_is_not_backed_up(copy: Path, tmp_path: Path) -> None:
    segment = next((copy / "segments").iterdir())
    content = bytearray(segment.read_bytes())
    content[200:300] = bytes(100)
    segment.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        back_up(copy, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE facts SET content = x'80'", "checksum of 0 in facts"),
        ("UPDATE state SET content = x'00' WHERE name = 'state/3'", "checksum of 'state/3' in state"),
        ("DELETE FROM state WHERE name = 'state/3'", "kept by name is missing"),
        ("DELETE FROM standings WHERE sequence = 222", "what stands for 1 predictions"),
    ],
)
def test_verifying_reads_what_opening_does_not(copy: Path, change: str, said: str) -> None:
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as database:
        database.execute(change)
        database.commit()
    with pytest.raises(StoreError, match=said):
        verify(copy)


def test_what_is_counted_is_counted_again(copy: Path) -> None:
    ledger = SegmentedLedger(copy, SMALL)
    with ledger.transaction():
        ledger._loaded().count_pending(ledger._loaded().predictions.lanes[0].runs[0].column("series", slice(0, 2)), 1)  # type: ignore[arg-type]
        ledger._loaded().facts.unmatched += 1
    ledger.close()
    with pytest.raises(StoreError, match=r"101 predictions should wait .*, and 99 do; 11 labels .*, and 10 have not"):
        verify(copy)


def test_a_backup_into_a_folder_with_something_in_it_is_refused(copy: Path) -> None:
    with pytest.raises(StoreError, match="is not empty; name a folder that does not exist yet"):
        back_up(copy, copy)


def test_no_store_is_said(tmp_path: Path) -> None:
    for look in (inspect, verify, lambda folder: back_up(folder, tmp_path / "backup")):
        with pytest.raises(StoreError, match="there is no store in"):
            look(tmp_path)
    with pytest.raises(StoreError, match="there is no store in"):
        restore(tmp_path / "none", tmp_path / "store")


def test_a_store_is_not_restored_while_its_exporter_runs(copy: Path, tmp_path: Path) -> None:
    back_up(copy, tmp_path / "backup")
    ledger = SegmentedLedger(copy, SMALL)
    with pytest.raises(StoreError, match="locked by another exporter"):
        restore(tmp_path / "backup", copy)
    ledger.close()


def test_a_half_restored_store_is_refused_until_it_is_restored_again(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(copy, tmp_path / "backup")
    right = answered(shutil.copytree(copy, tmp_path / "right"))

    def killed(_folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_moved_aside", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "backup", copy)
    with pytest.raises(StoreError, match="half restored; run ml-exporter store restore again"):
        SegmentedLedger(copy, SMALL)
    restore(tmp_path / "backup", copy)
    assert answered(copy) == right


def test_information_says_what_a_store_holds(copy: Path) -> None:
    held = inspect(copy)
    predictions, labels = held.lanes
    assert (predictions.name, labels.name, labels.is_labels) == ("predictions-2", "labels", True)
    assert predictions.remembered == 200
    assert predictions.waiting == 99
    assert (predictions.oldest, predictions.newest) == (2.0, 11 + 19 / 32)
    assert predictions.journal_rows == 240 - 3 * 64
    assert predictions.segments >= 1
    assert predictions.segment_bytes > 0
    assert labels.waiting == 10
    assert held.names == 12
    assert held.contested == 10
