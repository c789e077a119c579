"""Columns in as few bytes as hold them without loss."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["constant", "offset", "decimal", "single", "raw"]

_NAN_BITS = np.array([np.nan]).view(np.uint64)[0]
_SCALES = (1, 1_000, 1_000_000)
"""Times are often whole seconds or milliseconds, scores often have few decimals."""

_GLANCE = 1024
"""So many values are looked at before a form is tried on all."""

_LARGEST_EXACT = 2.0**53


@dataclass(frozen=True)
class Packed:
    """A column of numbers, packed.

    ``constant``: every value is ``base`` (its bits, for floats). ``offset``: whole numbers, ``base`` plus the data.
    ``decimal``: (base + data) / scale, exactly; the data's largest number is NaN. ``single``: float32. ``raw``: as is.
    """

    form: Form
    kind: str
    """``f8`` or ``i4``: the type of the values."""

    base: int
    scale: int
    data: NDArray[Any]
    """(rows,), or empty for a constant."""

    def take(self, rows: NDArray[np.intp] | slice) -> NDArray[Any]:
        """Return the values of some rows.

        Args:
            rows: which; a slice has a start and an end.
        """
        if self.form == "constant":
            count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
            return np.full(count, self._constant(), dtype=self.kind)
        data = self.data[rows]
        if self.form == "offset":
            return (data.astype(np.int64) + self.base).astype(self.kind)
        if self.form == "decimal":
            values = (data.astype(np.float64) + self.base) / self.scale
            values[data == np.iinfo(self.data.dtype).max] = np.nan
            return values
        return data.astype(self.kind)

    def _constant(self) -> Any:
        return np.array([self.base], dtype=np.uint64).view(np.float64)[0] if self.kind == "f8" else self.base


class Chunks:
    """A column that is read piece by piece, as often as needed."""

    def __init__(self, kind: str, pieces: Sequence[tuple[Packed | NDArray[Any], NDArray[np.intp] | slice]]) -> None:
        """Take pieces: columns, and the rows that are wanted of each."""
        self.kind = kind
        self._pieces = [piece for piece in pieces if _length(piece[1])]
        self.rows = sum(_length(rows) for _, rows in self._pieces)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for column, rows in self._pieces:
            yield column.take(rows) if isinstance(column, Packed) else column[rows]


def pack(values: Chunks) -> Packed:
    """Pack a column in the smallest form that gives back every bit of it.

    Args:
        values: at least one row.
    """
    first = next(iter(values))
    if all((_bits(piece) == _bits(first)[0]).all() for piece in values):
        return Packed("constant", values.kind, int(_bits(first)[0]), 1, np.empty(0, dtype=np.uint8))
    if values.kind != "f8":
        return _offset(values)
    for scale in _SCALES:
        if _is_decimal(first[:_GLANCE], scale) and all(_is_decimal(piece, scale) for piece in values):
            packed = _decimal(values, scale)
            if packed is not None:
                return packed
    if _is_single(first[:_GLANCE]) and all(_is_single(piece) for piece in values):
        return Packed("single", "f8", 0, 1, _fill(values, np.dtype(np.float32)))
    return Packed("raw", "f8", 0, 1, _fill(values, np.dtype(np.float64)))


def _bits(values: NDArray[Any]) -> NDArray[Any]:
    return values.view(np.uint64) if values.dtype == np.float64 else values


def _offset(values: Chunks) -> Packed:
    low = min(int(piece.min()) for piece in values)
    high = max(int(piece.max()) for piece in values)
    kind = _narrowest(high - low)
    return Packed("offset", values.kind, low, 1, _fill(values, kind, lambda piece: piece.astype(np.int64) - low))


def _narrowest(largest: int) -> np.dtype[Any]:
    return next(np.dtype(kind) for kind in (np.uint8, np.uint16, np.uint32) if largest <= np.iinfo(kind).max)


def _is_decimal(values: NDArray[np.float64], scale: int) -> bool:
    """Tell whether each value is a whole number of 1 / scale, or the plain NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.rint(values * scale) + 0.0  # a negative zero becomes a plain one, and is found to differ
        exact = ((scaled / scale).view(np.uint64) == values.view(np.uint64)) & (np.abs(scaled) < _LARGEST_EXACT)
    return bool((exact | (values.view(np.uint64) == _NAN_BITS)).all())


def _decimal(values: Chunks, scale: int) -> Packed | None:
    present = (piece[~np.isnan(piece)] for piece in values)
    ends = [end for piece in present if len(piece) for end in (piece.min(), piece.max())]
    low, high = int(np.rint(min(ends) * scale)), int(np.rint(max(ends) * scale))
    if high - low >= np.iinfo(np.uint32).max:
        return None
    kind = _narrowest(high - low + 1)
    missing = float(np.iinfo(kind).max)

    def encode(piece: NDArray[np.float64]) -> NDArray[np.float64]:
        offset = np.rint(piece * scale) - low
        return np.where(np.isnan(offset), missing, offset)

    return Packed("decimal", "f8", low, scale, _fill(values, kind, encode))


def _is_single(values: NDArray[np.float64]) -> bool:
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return bool((values.astype(np.float32).astype(np.float64).view(np.uint64) == values.view(np.uint64)).all())


def _fill(values: Chunks, kind: np.dtype[Any], encode: Any = None) -> NDArray[Any]:
    data = np.empty(values.rows, dtype=kind)
    done = 0
    for piece in values:
        data[done : done + len(piece)] = piece if encode is None else encode(piece)
        done += len(piece)
    return data


def _length(rows: NDArray[np.intp] | slice) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)
