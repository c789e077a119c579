"""Whatever is damaged is found and said with the remedy, or it does not matter: no answer is ever wrong."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from ml_exporter.ledger import DamagedStore, SqliteLedger, StoreError
from ml_exporter.ledger.segmented import SegmentedLedger, inspect, verify
from tests.builders import prediction_rows
from tests.ledger.segmented.filled import SMALL, answers, filled

REMEDY = r"restore a backup \(ml-exporter store restore\), or move the store's folder away and start anew"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("filled") / "store")


@pytest.fixture(scope="module")
def right(store: Path, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    return answered(shutil.copytree(store, tmp_path_factory.mktemp("right") / "store"))


def answered(folder: Path) -> list[object]:
    ledger = SegmentedLedger(folder, SMALL)
    try:
        return answers(ledger)
    finally:
        ledger.abandon()


def damage_is_said(folder: Path, right: list[object], said: str) -> bool:
    """Tell whether a store is refused, with these words; where it is not, it must answer right."""
    try:
        told = answered(folder)
    except DamagedStore as error:
        return re.search(said, str(error)) is not None
    assert told == right
    return False


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "segments").iterdir())


def test_the_store_has_segments_and_rows_in_memory_and_is_answered_from_alike(
    store: Path, right: list[object], tmp_path: Path
) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    assert len(segments(copy)) > 4
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as database:
        for table in ("batches", "flags", "changes", "standings", "state"):
            rows = f"SELECT * FROM {table}"  # noqa: S608 - constant text
            assert database.execute(rows).fetchone() is not None, table
    assert answered(copy) == right


def test_a_flipped_bit_of_a_segment_is_found_or_lies_between_its_arrays(
    store: Path, right: list[object], tmp_path: Path
) -> None:
    random = Random(7)
    found = 0
    for number in range(60):
        copy = shutil.copytree(store, tmp_path / str(number))
        damaged = random.choice(segments(copy))
        content = bytearray(damaged.read_bytes())
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        damaged.write_bytes(content)
        found += damage_is_said(copy, right, rf"the segment {damaged} is damaged.*{REMEDY}")
    assert found > 30


@pytest.mark.parametrize("size", [0, 7, 100, -1, -70])
def test_a_segment_that_is_cut_off_is_found(store: Path, size: int, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    damaged = segments(copy)[1]
    damaged.write_bytes(damaged.read_bytes()[:size])
    with pytest.raises(StoreError, match=REMEDY):
        SegmentedLedger(copy, SMALL)


def test_a_segment_that_is_missing_or_another_one_is_found(store: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    first, second = segments(copy)[:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    with pytest.raises(StoreError, match="its header is not the one that was written"):
        SegmentedLedger(copy, SMALL)
    first.unlink()
    with pytest.raises(StoreError, match=f"the segment {first} cannot be read .*{REMEDY}"):
        SegmentedLedger(copy, SMALL)
    first.write_bytes(content)
    SegmentedLedger(copy, SMALL).close()


def test_a_flipped_bit_of_the_sqlite_file_is_found_or_does_not_matter(
    store: Path, right: list[object], tmp_path: Path
) -> None:
    random = Random(8)
    found = 0
    written = [place for place, byte in enumerate((store / "ledger.sqlite").read_bytes()) if byte]
    for number in range(80):
        copy = shutil.copytree(store, tmp_path / str(number))
        content = bytearray((copy / "ledger.sqlite").read_bytes())
        content[random.choice(written)] ^= 1 << random.randrange(8)
        (copy / "ledger.sqlite").write_bytes(content)
        found += damage_is_said(copy, right, "is damaged|cannot be opened")
    assert found > 5


@pytest.mark.parametrize("table", ["batches", "flags", "changes", "standings", "facts"])
@pytest.mark.parametrize("which", ["min", "max"])
def test_a_row_of_the_sqlite_file_that_is_missing_is_found(store: Path, table: str, which: str, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    key = {"batches": "first", "flags": "lane", "changes": "number", "standings": "sequence", "facts": "id"}[table]
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as database:
        database.execute(f"DELETE FROM {table} WHERE {key} = (SELECT {which}({key}) FROM {table})")  # noqa: S608 - constant text
        database.commit()
    with pytest.raises(DamagedStore, match="damaged"):
        answered(copy)


def test_state_that_does_not_agree_with_its_checksum_is_found_when_it_is_read(store: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as database:
        database.execute("UPDATE state SET content = x'00' WHERE name = 'state/3'")
        database.commit()
    ledger = SegmentedLedger(copy, SMALL)
    assert ledger.read("state/4") is not None
    with pytest.raises(DamagedStore, match=f"the checksum of 'state/3' in state does not agree.*{REMEDY}"):
        ledger.read("state/3")
    ledger.close()


def test_a_refused_store_is_not_left_locked_or_open(store: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    segments(copy)[0].unlink()
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be read"):
            SegmentedLedger(copy, SMALL)


def test_a_newer_format_is_refused_with_the_remedy(store: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(store, tmp_path / "store")
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match=r"newer version \(format 99, this one reads 3\); upgrade ml-exporter"):
        SegmentedLedger(copy, SMALL)


def test_a_store_of_the_plain_ledger_is_refused_with_the_remedy_and_stays_as_it_is(tmp_path: Path) -> None:
    plain = SqliteLedger(tmp_path)
    with plain.transaction():
        plain.add_predictions(prediction_rows([("a", 0, 1.0)]))
    plain.close()
    for look in (SegmentedLedger, verify, inspect):
        with pytest.raises(StoreError, match=r"older format \(1, this one reads 3\); set store.path to a new folder"):
            look(tmp_path)
    plain = SqliteLedger(tmp_path)
    assert dict(plain.pending()) == {0: 1}
    plain.close()
