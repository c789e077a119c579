"""Rows on their way into a table, and how a batch of them is written into the journal."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.packing import Chunks, Form, Packed, pack

Column = NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """Columns of equal length."""

    hashes: NDArray[np.uint64]
    flags: NDArray[np.uint8]
    """What has become of each row so far; the table says what they mean."""

    columns: dict[str, Column]
    """Name to (rows,) or (rows, width)."""

    texts: tuple[str, ...] = ()
    """What the numbers of a column ``text`` mean."""

    def __len__(self) -> int:
        return len(self.hashes)

    def part(self, start: int, stop: int) -> "Rows":
        """Return some consecutive rows."""
        own = slice(start, stop)
        return Rows(
            self.hashes[own], self.flags[own], {name: values[own] for name, values in self.columns.items()}, self.texts
        )


class _StoredColumn(msgspec.Struct, array_like=True):
    form: Form
    kind: str
    base: int
    scale: int
    data_kind: str
    data: bytes


class _StoredRows(msgspec.Struct, array_like=True):
    rows: int
    hashes: bytes
    flags: bytes
    """One for all rows, or one for each."""

    columns: dict[str, list[_StoredColumn]]
    matrices: list[str]
    """Which columns are matrices, even those with one column."""

    texts: list[str]


def to_bytes(rows: Rows) -> bytes:
    """Write rows."""
    flags = rows.flags[:1] if (rows.flags == rows.flags[0]).all() else rows.flags
    stored = _StoredRows(
        len(rows),
        rows.hashes.tobytes(),
        flags.tobytes(),
        {name: [_stored(part) for part in pack_column(column)] for name, column in rows.columns.items()},
        [name for name, column in rows.columns.items() if column.ndim == 2],
        list(rows.texts),
    )
    return msgspec.msgpack.encode(stored)


def pack_column(column: Column) -> list[Packed]:
    """Pack the columns of a matrix, or the only one."""
    parts = [column[:, at] for at in range(column.shape[1])] if column.ndim == 2 else [column]
    return [pack(Chunks(part.dtype.str[1:], [(np.ascontiguousarray(part), slice(0, len(part)))])) for part in parts]


def _stored(column: Packed) -> _StoredColumn:
    return _StoredColumn(
        column.form, column.kind, column.base, column.scale, column.data.dtype.str, column.data.tobytes()
    )


def from_bytes(content: bytes) -> Rows:
    """Read what ``to_bytes`` wrote."""
    stored = msgspec.msgpack.decode(content, type=_StoredRows)
    columns = {}
    for name, parts in stored.columns.items():
        values = [_restored(part).take(slice(0, stored.rows)) for part in parts]
        columns[name] = np.column_stack(values) if name in stored.matrices else values[0]
    flags = np.broadcast_to(np.frombuffer(stored.flags, dtype=np.uint8), stored.rows)
    return Rows(np.frombuffer(stored.hashes, dtype=np.uint64), flags, columns, tuple(stored.texts))


def _restored(column: _StoredColumn) -> Packed:
    data = np.frombuffer(column.data, dtype=column.data_kind)
    return Packed(column.form, column.kind, column.base, column.scale, data)
