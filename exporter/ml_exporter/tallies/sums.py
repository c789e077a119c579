"""Sums: the mergeable sufficient statistics that every tally is made of.

A tally adds up a few numbers (its columns) for each cell (a series and a bin). Since everything is a sum,
merging is associative and commutative, folding and merging exchange, and folding with weight -1 takes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

_MAGIC = b"MLS2"
_WHOLE = (np.uint8, np.uint16, np.uint32)

_SPREAD = 4
"""Cells that lie within so many times their number are numbered by a table, which costs less than sorting them."""


class DamagedState(Exception):
    """Stored bytes are not what was written."""


@dataclass(frozen=True)
class Sums:
    """Immutable sums a cell.

    ``cells`` has shape (cells,), rising and unique: series code times the number of bins, plus the bin.
    ``values`` has shape (cells, columns).
    """

    cells: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def empty(cls, columns: int) -> "Sums":
        """Return the sums of nothing."""
        return cls(np.empty(0, dtype=np.int64), np.empty((0, columns)))

    @classmethod
    def fold(cls, cells: NDArray[np.int64], values: NDArray[np.float64], weight: float = 1.0) -> "Sums":
        """Add up events.

        Args:
            cells: (events,) the cell of each.
            values: (events, columns) what each contributes.
            weight: -1 takes the events back.
        """
        unique, position = numbered(cells)
        totals = np.empty((len(unique), values.shape[1]))
        for column in range(values.shape[1]):
            totals[:, column] = np.bincount(position, weights=values[:, column], minlength=len(unique))
        return cls(unique, totals if weight == 1.0 else weight * totals)

    def merge(self, other: "Sums") -> "Sums":
        """Return the sums of both."""
        if not len(self.cells):
            return other
        if not len(other.cells):
            return self
        if np.array_equal(self.cells, other.cells):
            return Sums(self.cells, self.values + other.values)
        return Sums.fold(np.concatenate([self.cells, other.cells]), np.concatenate([self.values, other.values]))

    @classmethod
    def merge_all(cls, parts: Sequence["Sums"]) -> "Sums":
        """Return the sums of all parts, of which there must be at least one."""
        filled = [part for part in parts if len(part.cells)]
        if len(filled) < 2:
            return filled[0] if filled else parts[0]
        return cls.fold(
            np.concatenate([part.cells for part in filled]), np.concatenate([part.values for part in filled])
        )

    def to_bytes(self) -> bytes:
        """Return the sums as bytes with a checksum.

        Cells are written as what each is more than the one before; every column as the narrowest whole numbers that
        it can be told in, since most sums are counts.
        """
        steps = np.diff(self.cells, prepend=0)
        columns = [_narrow(steps), *(_narrow(column) for column in self.values.T)]
        shape = np.array(self.values.shape, dtype="<i8").tobytes()
        kinds = "".join(column.dtype.char for column in columns).encode()
        body = b"".join([shape, kinds, *(column.tobytes() for column in columns)])
        return _MAGIC + xxhash.xxh3_64_digest(body) + body

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Sums":
        """Read what ``to_bytes`` wrote.

        Raises:
            DamagedState: the bytes are not those that were written.
        """
        digest, body = stored[4:12], stored[12:]
        if stored[:4] != _MAGIC or xxhash.xxh3_64_digest(body) != digest:
            raise DamagedState("a tally in the store is damaged (its checksum does not fit)")
        rows, columns = (int(number) for number in np.frombuffer(body[:16], dtype="<i8"))
        at = 16 + 1 + columns
        stored_columns = []
        for kind in body[16:at].decode():
            stored_columns.append(np.frombuffer(body, dtype=kind, count=rows, offset=at))
            at += stored_columns[-1].nbytes
        cells = np.cumsum(stored_columns[0], dtype=np.int64)
        values = np.empty((rows, columns))
        for place, column in enumerate(stored_columns[1:]):
            values[:, place] = column
        return cls(cells, values)


def numbered(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the different cells, rising, and the place of each cell among them."""
    if not len(cells):
        return cells, np.empty(0, dtype=np.intp)
    first, last = int(cells.min()), int(cells.max())
    if last - first >= _SPREAD * len(cells):
        unique, position = np.unique(cells, return_inverse=True)
        return unique, position
    table = np.zeros(last - first + 1, dtype=np.intp)
    table[cells - first] = 1
    present = np.flatnonzero(table)
    table[present] = np.arange(len(present))
    return present + first, table[cells - first]


def _narrow(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column in the narrowest kind that holds it, whole numbers from 0 if it can be."""
    low, high = column.min(initial=0), column.max(initial=0)
    kind = next((kind for kind in _WHOLE if low >= 0 and high <= np.iinfo(kind).max), None)
    if kind is not None:
        narrow = column.astype(kind)
        if (narrow == column).all():
            return narrow
    return np.ascontiguousarray(column)
