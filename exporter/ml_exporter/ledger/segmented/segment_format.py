"""A segment: a file that holds a run, written once, mapped into memory, with a checksum for every array.

magic | arrays, each on a boundary of 64 bytes | header (JSON) | its length, its checksum, magic
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.packing import Form, Packed
from ml_exporter.ledger.segmented.sorted_index import SortedIndex
from ml_exporter.ledger.segmented.texts import TextTable

MAGIC = b"MLEXSEG1"
END = struct.Struct("<Qq8s")
BOUNDARY = 64


@dataclass(frozen=True)
class SegmentSource:
    """What a segment is written of, piece by piece, so that only one piece at a time is in memory."""

    first: int
    """Sequence number of its first row."""

    end: int
    """The sequence number after its last row."""

    index: Callable[[], SortedIndex]
    columns: Mapping[str, Callable[[], Iterable[Packed]]]
    """Name to the columns of a matrix, or to the only one."""

    kept: Callable[[], NDArray[np.uint32]] | None
    """(rows,): which rows of those from ``first`` to ``end`` are here; None: all."""

    texts: Callable[[], TextTable]
    ages: Callable[[], Ages]


class ArrayHeader(msgspec.Struct):
    """Where an array is."""

    kind: str
    offset: int
    count: int
    checksum: int


class ColumnHeader(msgspec.Struct):
    """A packed column."""

    form: Form
    kind: str
    base: int
    scale: int
    data: ArrayHeader


class Header(msgspec.Struct):
    """Everything about a segment but the arrays."""

    first: int
    end: int
    index: list[ArrayHeader]
    columns: dict[str, list[ColumnHeader]]
    kept: ArrayHeader | None
    texts: list[ArrayHeader]
    ages: list[ArrayHeader]
