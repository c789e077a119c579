"""The plain SQLite ledger: the contract, and what is its own."""

import sqlite3
from pathlib import Path

import pytest

from ml_exporter.ledger import SqliteLedger, StoreError
from tests.builders import prediction_rows
from tests.ledger.contract import LedgerContract


class TestSqliteLedger(LedgerContract):
    """The plain ledger keeps the contract."""

    def opened(self, folder: Path) -> SqliteLedger:
        return SqliteLedger(folder)


def test_a_store_written_by_a_newer_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    SqliteLedger(tmp_path).close()
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(StoreError, match=r"newer version \(format 99, this one reads 1\); upgrade ml-exporter"):
        SqliteLedger(tmp_path)


def test_a_refused_store_is_not_left_locked(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, however long it may be" * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be opened"):
            SqliteLedger(tmp_path)


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("CREATE TABLE theirs (x)")
    database.close()
    with pytest.raises(StoreError, match="of another program"):
        SqliteLedger(tmp_path)


def test_a_store_that_cannot_be_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written .* make the folder writable"):
        SqliteLedger(tmp_path / "file" / "store")


def test_a_full_disk_is_said_and_nothing_of_the_batch_is_kept(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path)
    ledger._database.execute("PRAGMA max_page_count=40")
    with pytest.raises(StoreError, match=r"full.*check free space"), ledger.transaction():
        ledger.add_predictions(prediction_rows([(f"id-{row}", 0, 1.0) for row in range(20_000)]))
    ledger._database.execute("PRAGMA max_page_count=100000")
    assert dict(ledger.pending()) == {}
    ledger.close()
