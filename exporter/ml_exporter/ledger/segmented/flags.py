"""Flags made durable: changes as they come, and once there are many of them whole blocks."""

from collections import defaultdict

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.facts import Facts

BLOCK = 1 << 16
"""How many sequence numbers share a block."""


class _Change(msgspec.Struct, array_like=True):
    lane: str
    first: int
    kind: str
    offsets: bytes
    """Of sequence numbers from ``first``."""

    flag: int


class FlagChanges:
    """What has changed in the transaction, and since blocks were written."""

    def __init__(self, facts: Facts, database: Database) -> None:
        self.rows = 0
        """How many flags have changed since the blocks were written."""

        self.touched: defaultdict[str, set[int]] = defaultdict(set)
        """Lane to the blocks in which flags have changed since they were written."""

        self._facts = facts
        self._database = database
        self._noted: list[_Change] = []

    @property
    def batches(self) -> int:
        """How many transactions have changed flags since the blocks were written."""
        return self._facts.next_change - self._facts.first_change

    def note(self, lane: str, sequences: NDArray[np.int64], flag: int) -> None:
        """Note that rows have a flag now."""
        first = int(sequences.min())
        offsets = sequences - first
        kind = np.uint32 if int(offsets.max()) < 1 << 32 else np.uint64
        self._noted.append(_Change(lane, first, np.dtype(kind).str, offsets.astype(kind).tobytes(), flag))
        self._touch(lane, sequences)

    def _touch(self, lane: str, sequences: NDArray[np.int64]) -> None:
        self.rows += len(sequences)
        blocks = sequences // BLOCK
        first = int(blocks.min())
        self.touched[lane].update((np.flatnonzero(np.bincount(blocks - first)) + first).tolist())

    def store(self) -> None:
        """Write what the transaction has changed."""
        if self._noted:
            self._database.add_change(self._facts.next_change, msgspec.msgpack.encode(self._noted))
            self._facts.next_change += 1
            self._noted = []

    def stored(self) -> list[tuple[str, NDArray[np.int64], int]]:
        """Return the changes since the blocks were written, in their order: lane, sequence numbers, flag.

        Raises:
            ValueError: some are missing.
        """
        changes = list(self._database.changes())
        if [number for number, _ in changes] != list(range(self._facts.first_change, self._facts.next_change)):
            raise ValueError("changes of flags are missing")
        found = []
        for _, content in changes:
            for change in msgspec.msgpack.decode(content, type=list[_Change]):
                sequences = np.frombuffer(change.offsets, dtype=change.kind).astype(np.int64) + change.first
                self._touch(change.lane, sequences)
                found.append((change.lane, sequences, change.flag))
        return found

    def forget(self) -> None:
        """Delete the changes: the blocks have been written."""
        self._database.delete_changes()
        self._facts.first_change = self._facts.next_change
        self._noted = []
        self.rows = 0
        self.touched.clear()
