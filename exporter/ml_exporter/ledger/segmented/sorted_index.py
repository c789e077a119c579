"""Hash to rows once no row is added any more: entries sorted by hash, and a table of where those of each prefix start.

With 2^r the number of rows, rounded up, the first r bits of a hash are its prefix: one row has it, on average. An entry
has the other 64 - r bits of the hash, then r bits of the row. So the index knows whole hashes, in 8 bytes a row; the
table of prefixes takes one or two more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.found import Found

_PART_ROWS = 1 << 20
"""Hashes are sorted in parts of about this many rows, which bounds the memory that it takes."""

_GROUP = 64
"""So many prefixes count their starts from where their group begins: one byte each is enough, as a rule."""

Hashed = tuple[NDArray[np.uint64], NDArray[np.uint64]]
"""Hashes, and the row that each belongs to."""


@dataclass(frozen=True)
class SortedIndex:
    """The index of rows 0 to n; its arrays may lie in a file."""

    groups: NDArray[np.uint32]
    """Where the entries of each group of prefixes begin."""

    offsets: NDArray[np.uint8 | np.uint16 | np.uint32]
    """(2^r + 1,): where in its group the entries of each prefix begin; the last is where all end."""

    entries: NDArray[np.uint64]
    """(rows,)"""

    @classmethod
    def build(cls, hashes: NDArray[np.uint64]) -> "SortedIndex":
        """Index rows by their hashes."""

        def part(number: int, parts: int) -> Hashed:
            if parts == 1:
                return hashes, np.arange(len(hashes), dtype=np.uint64)
            rows = np.flatnonzero(hashes >> np.uint64(64 - parts.bit_length() + 1) == number)
            return hashes[rows], rows.astype(np.uint64)

        return cls._of_parts(len(hashes), part)

    @classmethod
    def merge(cls, indexes: Sequence["SortedIndex"], new_rows: Sequence[NDArray[np.int64] | int]) -> "SortedIndex":
        """Index the rows of several indexes.

        Args:
            indexes: what is known of each.
            new_rows: of each, the new row of every row, -1 for one that is left out; or what to add to every row.
        """
        rows = sum(
            len(index.entries) if isinstance(new, int) else int(np.count_nonzero(new >= 0))
            for index, new in zip(indexes, new_rows, strict=True)
        )

        def part(number: int, parts: int) -> Hashed:
            found = [index._part(number, parts, new) for index, new in zip(indexes, new_rows, strict=True)]
            return np.concatenate([hashes for hashes, _ in found]), np.concatenate([row for _, row in found])

        return cls._of_parts(rows, part)

    @classmethod
    def _of_parts(cls, rows: int, part: Callable[[int, int], Hashed]) -> "SortedIndex":
        """Put an index together from parts, each with the hashes that begin alike."""
        bits = row_bits(rows)
        parts = min(1 << bits, 1 << ((rows - 1) // _PART_ROWS).bit_length())
        prefixes = (1 << bits) // parts
        entries = np.empty(rows, dtype=np.uint64)
        starts = np.zeros((1 << bits) + 1, dtype=np.uint32)
        done = 0
        for number in range(parts):
            hashes, row = part(number, parts)
            order = np.argsort(hashes)
            hashes = hashes[order]
            entries[done : done + len(row)] = (hashes << np.uint64(bits)) | row[order]
            prefix = (hashes >> np.uint64(64 - bits)).astype(np.intp) - number * prefixes
            counts = np.bincount(prefix, minlength=prefixes)
            starts[number * prefixes + 1 : (number + 1) * prefixes + 1] = np.cumsum(counts) + done
            done += len(row)
        groups = starts[::_GROUP].copy()
        offsets = starts - np.repeat(groups, _GROUP)[: len(starts)]
        narrow = np.min_scalar_type(int(offsets.max()))
        return cls(groups, offsets.astype(narrow), entries)

    def _part(self, number: int, parts: int, new_rows: NDArray[np.int64] | int) -> Hashed:
        """Return the hashes that begin with the bits of a number, and their new rows."""
        bits = row_bits(len(self.entries))
        if 1 << bits < parts:  # a small index among large ones
            hashes, row = self._entries_between(0, 1 << bits)
            own = np.flatnonzero(hashes >> np.uint64(64 - parts.bit_length() + 1) == number)
            hashes, row = hashes[own], row[own]
        else:
            prefixes = (1 << bits) // parts
            hashes, row = self._entries_between(number * prefixes, (number + 1) * prefixes)
        if isinstance(new_rows, int):
            return hashes, row + np.uint64(new_rows)
        new = new_rows[row.astype(np.intp)]
        kept = new >= 0
        return hashes[kept], new[kept].astype(np.uint64)

    def _start(self, prefix: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return where the entries of prefixes begin."""
        return self.groups[prefix // _GROUP].astype(np.intp) + self.offsets[prefix]

    def _entries_between(self, first: int, end: int) -> Hashed:
        """Return the hashes with prefixes from one to before another, and their rows."""
        bits = row_bits(len(self.entries))
        starts = self._start(np.arange(first, end + 1))
        entries = self.entries[starts[0] : starts[-1]]
        prefix = np.repeat(np.arange(first, end, dtype=np.uint64), starts[1:] - starts[:-1])
        hashes = (prefix << np.uint64(64 - bits)) | (entries >> np.uint64(bits))
        return hashes, entries & np.uint64((1 << bits) - 1)

    def find(self, hashes: NDArray[np.uint64]) -> Found:
        """Return every row that has one of the hashes."""
        bits = np.uint64(row_bits(len(self.entries)))
        prefix = (hashes >> (np.uint64(64) - bits)).astype(np.intp)
        at, end = self._start(prefix), self._start(prefix + 1)
        query = np.flatnonzero(at < end)
        at, end = at[query], end[query]
        wanted = hashes[query] << bits
        row_mask = (np.uint64(1) << bits) - np.uint64(1)
        parts = []
        while len(query):
            entries = self.entries[at]
            same = np.flatnonzero((entries ^ wanted) <= row_mask)
            if len(same):
                parts.append(Found(query[same], (entries[same] & row_mask).astype(np.intp)))
            at = at + 1
            more = np.flatnonzero(at < end)
            query, wanted, at, end = query[more], wanted[more], at[more], end[more]
        return Found.of(parts)


def row_bits(rows: int) -> int:
    """Return r: how many bits number the rows, and how long a prefix is."""
    return max(1, (rows - 1).bit_length())
