"""Ledgers to be measured. Each takes a batch in one durable transaction, together with a position."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ml_exporter.ledger import LabelRows, Ledger, PredictionRows, SegmentedLedger, SqliteLedger


class Contender(Protocol):
    """What is measured."""

    def insert(self, rows: PredictionRows) -> int:
        """Keep predictions that are not known; return how many."""
        ...

    def match(self, rows: LabelRows) -> int:
        """Join labels with the predictions that wait for them; return how many."""
        ...

    def expire(self, before: float) -> int:
        """Forget predictions that were made before a time; return how many of them waited."""
        ...

    def settle(self) -> None:
        """Wait for work in the background."""
        ...

    def close(self, *, orderly: bool) -> None:
        """Let go of the files; orderly: as at SIGTERM, otherwise as they are."""
        ...


class OfLedger:
    """One of the package's own ledgers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._batches = 0

    def insert(self, rows: PredictionRows) -> int:
        """See ``Contender``."""
        with self._ledger.transaction():
            accepted = self._ledger.add_predictions(rows).accepted
            self._note_position()
        return int(accepted.sum())

    def match(self, rows: LabelRows) -> int:
        """See ``Contender``."""
        with self._ledger.transaction():
            judged = self._ledger.add_labels(rows).judged
            self._note_position()
        return len(judged.label_time)

    def _note_position(self) -> None:
        self._batches += 1
        self._ledger.write("position", str(self._batches).encode())

    def expire(self, before: float) -> int:
        """See ``Contender``."""
        with self._ledger.transaction():
            expired = self._ledger.expire_predictions(0, before)
            self._note_position()
        return sum(expired.values())

    def settle(self) -> None:
        """See ``Contender``."""
        if isinstance(self._ledger, SegmentedLedger):
            self._ledger.settle()

    def close(self, *, orderly: bool) -> None:
        """See ``Contender``."""
        if isinstance(self._ledger, SegmentedLedger) and not orderly:
            self._ledger.abandon()
        else:
            self._ledger.close()


def segments(folder: Path) -> Contender:
    """Open the ledger that runs in production."""
    return OfLedger(SegmentedLedger(folder))


def sqlite(folder: Path) -> Contender:
    """Open the plain ledger: a keyed table of SQLite."""
    return OfLedger(SqliteLedger(folder))


def rocksdb(folder: Path) -> Contender:
    """Open a keyed store of RocksDB."""
    from benchmarks.ledger.rocks import RocksLedger  # noqa: PLC0415 - it is in the extra "benchmark"

    return RocksLedger(folder)


CONTENDERS: dict[str, Callable[[Path], Contender]] = {"segments": segments, "sqlite": sqlite, "rocksdb": rocksdb}
TITLES = {"segments": "ours", "sqlite": "SQLite, keyed", "rocksdb": "RocksDB, keyed"}
