"""Hash to rows while rows are still added: an open-addressing table in numpy, filled and searched a batch at a time."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.found import Found

_TAG = np.uint64(0xFFFF_FFFF_0000_0000)
_ROW = np.uint64(0x0000_0000_FFFF_FFFF)


_FIRST_ROWS = 1 << 11
"""So many rows there is room for at first, so that a small store stays small."""

_GROWTH = 8
"""So many times as many the next time, so that few rows are inserted again."""

_AT_ONCE = 1 << 15
"""So many rows are inserted at once: their slots stay in the processor's cache."""


class MemoryIndex:
    """Linear probing over slots of 64 bits: the upper half of the hash, and the row plus one; 0 is an empty slot.

    The same hash may stand for several rows. At most half of the slots are taken, so a search ends after two or three.
    """

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        """Take the array that the hash of each row is written to, before the row is inserted."""
        self._of_row = hashes
        self._rows = 0
        self._make(_FIRST_ROWS)

    def _make(self, capacity: int) -> None:
        self._capacity = capacity
        self._slots = np.zeros(2 * capacity, dtype=np.uint64)
        self._mask = 2 * capacity - 1

    def insert(self, rows: int) -> None:
        """Add the next rows."""
        first, self._rows = self._rows, self._rows + rows
        if self._rows > self._capacity:
            capacity = self._capacity
            while capacity < self._rows:
                capacity *= _GROWTH
            self._make(capacity)
            first = 0
        for start in range(first, self._rows, _AT_ONCE):
            self._insert(start, min(start + _AT_ONCE, self._rows))

    def _insert(self, start: int, stop: int) -> None:
        """Write rows into empty slots.

        Those that want the same slot write one over the other; who finds somebody else in it goes on to the next.
        """
        hashes = self._of_row[start:stop]
        entries = (hashes & _TAG) | np.arange(start + 1, stop + 1, dtype=np.uint64)
        slots = self._home(hashes)
        while len(entries):
            free = self._slots[slots] == 0
            self._slots[slots[free]] = entries[free]
            lost = self._slots[slots] != entries
            entries = entries[lost]
            slots = (slots[lost] + 1) & self._mask

    def find(self, hashes: NDArray[np.uint64]) -> Found:
        """Return every row that has one of the hashes."""
        slots = self._home(hashes)
        tags = hashes & _TAG
        query = np.arange(len(hashes))
        parts = []
        while len(query):
            entries = self._slots[slots]
            same_tag = np.flatnonzero((entries & _TAG == tags) & (entries != 0))
            if len(same_tag):
                row = (entries[same_tag] & _ROW).astype(np.intp) - 1
                candidates = Found(query[same_tag], row)
                parts.append(candidates.where(self._of_row[row] == hashes[candidates.query]))
            taken = np.flatnonzero(entries)
            query, tags = query[taken], tags[taken]
            slots = (slots[taken] + 1) & self._mask
        return Found.of(parts)

    def _home(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        return (hashes & np.uint64(self._mask)).astype(np.intp)
