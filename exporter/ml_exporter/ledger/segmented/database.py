"""The SQLite file of a segmented store: one transaction a batch, and a checksum for everything that is kept in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

from ml_exporter.ledger.interface import DamagedStore, StoreError
from ml_exporter.ledger.segmented.database_file import connect, look
from ml_exporter.ledger.segmented.facts import Facts
from ml_exporter.ledger.segmented.hashing import checksum
from ml_exporter.ledger.segmented.remedies import DAMAGED, FULL

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNREADABLE = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})


class Database:
    """The file, opened. Contents are bytes; each is compared with its checksum when it is read."""

    def __init__(self, path: Path, *, beside_the_owner: bool = False) -> None:
        """Open the file, or make it.

        Args:
            path: the file.
            beside_the_owner: open it to read only, as of now: an exporter may own it, and go on.

        Raises:
            StoreError: it cannot be opened, is no store, is damaged, or has another format.
        """
        self._path = path
        try:
            self.connection = look(path) if beside_the_owner else connect(path)
        except UnicodeDecodeError as error:
            raise DamagedStore(f"the store {path} cannot be opened ({error}); {DAMAGED}") from None
        except sqlite3.Error as error:
            raise self._error(error, "cannot be opened") from None

    @contextmanager
    def transaction(self, *, synchronous: bool) -> Iterator[None]:
        """Make everything within durable together, or nothing of it.

        Args:
            synchronous: whether to wait until the disk has it.

        Raises:
            StoreError: it could not be written.
            DamagedStore: it is damaged.
        """
        try:
            self.connection.execute(f"PRAGMA synchronous={'FULL' if synchronous else 'NORMAL'}")
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._error(error, "could not be written") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _error(self, error: sqlite3.Error, what: str) -> StoreError:
        """Return what is to be raised where SQLite fails; the lowest byte of an error's code is its family."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if code in _UNREADABLE or code & 0xFF in _DAMAGED:
            return DamagedStore(f"the store {self._path} is damaged ({error}); {DAMAGED}")
        return StoreError(f"the store {self._path} {what} ({error}); {FULL}")

    def read_facts(self) -> Facts:
        """Return the facts.

        Raises:
            DamagedStore: they are damaged, or missing.
        """
        for _, content in self._read("SELECT id, content, checksum FROM facts", "facts"):
            return Facts.from_bytes(content)
        raise DamagedStore(f"the store {self._path} is damaged (its facts are missing); {DAMAGED}")

    def write_facts(self, facts: Facts) -> None:
        """Replace the facts."""
        self._write("REPLACE INTO facts VALUES (?, ?, ?)", facts.to_bytes(), "facts", 0)

    def batches(self, lane: str) -> Iterator[tuple[int, bytes]]:
        """Return the batches that are kept for a lane, by the sequence number of their first row."""
        statement = "SELECT first, content, checksum FROM batches WHERE lane = ? ORDER BY first"
        return self._read(statement, "batches", lane)

    def add_batch(self, lane: str, first: int, content: bytes) -> None:
        """Keep a batch of a lane under the sequence number of its first row."""
        self._write("INSERT INTO batches VALUES (?, ?, ?, ?)", content, "batches", lane, first)

    def delete_batches(self, lane: str, before: int) -> None:
        """Delete batches whose first row is before a sequence number."""
        self.connection.execute("DELETE FROM batches WHERE lane = ? AND first < ?", (lane, before))

    def flag_blocks(self, lane: str) -> Iterator[tuple[int, bytes]]:
        """Return blocks of flags, by number."""
        statement = "SELECT block, content, checksum FROM flags WHERE lane = ? ORDER BY block"
        return self._read(statement, "flags", lane)

    def write_flag_block(self, lane: str, block: int, content: bytes) -> None:
        """Keep or replace a block of flags."""
        self._write("REPLACE INTO flags VALUES (?, ?, ?, ?)", content, "flags", lane, block)

    def delete_flag_block(self, lane: str, block: int) -> None:
        """Delete a block of flags."""
        self.connection.execute("DELETE FROM flags WHERE lane = ? AND block = ?", (lane, block))

    def changes(self) -> Iterator[tuple[int, bytes]]:
        """Return changes of flags in their order."""
        return self._read("SELECT number, content, checksum FROM changes ORDER BY number", "changes")

    def add_change(self, number: int, content: bytes) -> None:
        """Keep a change of flags."""
        self._write("INSERT INTO changes VALUES (?, ?, ?)", content, "changes", number)

    def delete_changes(self) -> None:
        """Delete all changes of flags."""
        self.connection.execute("DELETE FROM changes")

    def standing(self, lane: str, sequence: int) -> bytes | None:
        """Return what stands for a prediction, None where it is not kept here."""
        statement = "SELECT sequence, content, checksum FROM standings WHERE lane = ? AND sequence = ?"
        found = list(self._read(statement, "standings", lane, where=(lane, sequence)))
        return found[0][1] if found else None

    def standings(self, lane: str) -> Iterator[tuple[int, bytes]]:
        """Return what stands for the contested predictions of a lane, by sequence number."""
        statement = "SELECT sequence, content, checksum FROM standings WHERE lane = ? ORDER BY sequence"
        return self._read(statement, "standings", lane)

    def size_of(self, table: str) -> tuple[int, int]:
        """Return how many rows a table has, and how many bytes they hold."""
        rows, held = self.connection.execute(
            f"SELECT count(*), coalesce(sum(length(content)), 0) FROM {table}"  # noqa: S608 - a table of ours
        ).fetchone()
        return int(rows), int(held)

    def write_standing(self, lane: str, sequence: int, content: bytes) -> None:
        """Keep or replace what stands for a prediction."""
        self._write("REPLACE INTO standings VALUES (?, ?, ?, ?)", content, "standings", lane, sequence)

    def delete_standings(self, lane: str, sequences: list[int]) -> None:
        """Delete what stands for some predictions."""
        self.connection.executemany(
            "DELETE FROM standings WHERE lane = ? AND sequence = ?", ((lane, sequence) for sequence in sequences)
        )

    def write_state(self, name: str, content: bytes | None) -> int:
        """Keep content under a name; None forgets it.

        Returns:
            By what ``state_digest`` changes, in the sense of exclusive or.
        """
        row = self.connection.execute("SELECT checksum FROM state WHERE name = ?", (name,)).fetchone()
        before = 0 if row is None else int(row[0])
        if content is None:
            self.connection.execute("DELETE FROM state WHERE name = ?", (name,))
            return before
        self._write("REPLACE INTO state VALUES (?, ?, ?)", content, "state", name)
        return before ^ checksum(content, "state", name)

    def state_digest(self) -> int:
        """Return the checksums of everything that is kept by name, in one: exclusive or."""
        return reduce(xor, (found for (found,) in self.connection.execute("SELECT checksum FROM state")), 0)

    def read_state(self, name: str) -> bytes | None:
        """Return what is kept under a name."""
        found = list(self._read("SELECT name, content, checksum FROM state WHERE name = ?", "state", where=(name,)))
        return found[0][1] if found else None

    def all_states(self) -> Iterator[tuple[str, bytes]]:
        """Return everything that is kept by name."""
        return self._read("SELECT name, content, checksum FROM state ORDER BY name", "state")

    def read_states(self, prefix: str) -> dict[str, bytes]:
        """Return everything that is kept under names with a prefix."""
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        statement = "SELECT name, content, checksum FROM state WHERE name >= ? AND name < ? ORDER BY name"
        return dict(self._read(statement, "state", where=(prefix, after)))

    def _write(self, statement: str, content: bytes, table: str, *key: str | int) -> None:
        self.connection.execute(statement, (*key, content, checksum(content, table, *key)))

    def _read(
        self, statement: str, table: str, *lane: str, where: tuple[str | int, ...] | None = None
    ) -> Iterator[tuple[Any, bytes]]:
        """Return the last part of the keys of a table, and contents that agree with their checksums."""
        try:
            for key, content, expected in self.connection.execute(statement, lane if where is None else where):
                if not isinstance(content, bytes) or checksum(content, table, *lane, key) != expected:
                    raise DamagedStore(
                        f"the store {self._path} is damaged (the checksum of {key!r} in {table} does not agree);"
                        f" {DAMAGED}"
                    )
                yield key, content
        except sqlite3.Error as error:
            raise self._error(error, "could not be read") from None

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
