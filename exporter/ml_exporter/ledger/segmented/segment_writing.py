"""Writes a segment."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.hashing import checksum
from ml_exporter.ledger.segmented.packing import Packed
from ml_exporter.ledger.segmented.segment_format import (
    BOUNDARY,
    END,
    MAGIC,
    ArrayHeader,
    ColumnHeader,
    Header,
    SegmentSource,
)


def write_segment(path: Path, source: SegmentSource, half_way: Callable[[], None]) -> int:
    """Write a segment, and do not return before the disk has it.

    Args:
        path: a file that does not exist.
        source: what to write.
        half_way: is called on the way.

    Returns:
        The checksum of its header, which holds those of everything else.

    Raises:
        OSError: it could not be written.
    """
    with path.open("xb") as file:
        file.write(MAGIC)
        writer = _Writer(file)
        index = source.index()
        placed_index = [writer.add(index.groups), writer.add(index.offsets), writer.add(index.entries)]
        del index
        half_way()
        columns = {name: [writer.add_column(part) for part in parts()] for name, parts in source.columns.items()}
        texts, ages = source.texts(), source.ages()
        header = Header(
            source.first,
            source.end,
            placed_index,
            columns,
            None if source.kept is None else writer.add(source.kept()),
            [writer.add(texts.encoded), writer.add(texts.starts)],
            [writer.add(ages.models), writer.add(ages.oldest)],
        )
        encoded = msgspec.json.encode(header)
        own = checksum(encoded)
        file.write(encoded + END.pack(len(encoded), own, MAGIC))
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return own


class _Writer:
    """Lays arrays out one after the other."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, array: NDArray[Any]) -> ArrayHeader:
        at = self._file.tell()
        padding = -at % BOUNDARY
        self._file.write(b"\0" * padding)
        content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        self._file.write(content)
        return ArrayHeader(array.dtype.str, at + padding, array.size, checksum(content))

    def add_column(self, column: Packed) -> ColumnHeader:
        return ColumnHeader(column.form, column.kind, column.base, column.scale, self.add(column.data))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
