"""Sums: the mergeable sufficient statistics that every tally is made of.

A tally adds up a few numbers (its columns) for each cell (a series and a bin). Since everything is a sum,
merging is associative and commutative, folding and merging exchange, and folding with weight -1 takes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

_MAGIC = b"MLS1"


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
        unique, position = np.unique(cells, return_inverse=True)
        totals = np.zeros((len(unique), values.shape[1]))
        for column in range(values.shape[1]):
            totals[:, column] = np.bincount(position, weights=values[:, column], minlength=len(unique))
        return cls(unique, weight * totals)

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
        """Return the sums as bytes with a checksum."""
        shape = np.array(self.values.shape, dtype="<i8").tobytes()
        body = shape + self.cells.astype("<i8").tobytes() + self.values.astype("<f8").tobytes()
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
        cells = np.frombuffer(body, dtype="<i8", count=rows, offset=16)
        values = np.frombuffer(body, dtype="<f8", offset=16 + 8 * rows)
        return cls(cells.astype(np.int64), values.astype(np.float64).reshape(rows, columns))
