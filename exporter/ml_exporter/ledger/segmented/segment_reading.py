"""Maps a segment into memory."""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import DamagedStore
from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.hashing import checksum
from ml_exporter.ledger.segmented.packing import Packed
from ml_exporter.ledger.segmented.remedies import DAMAGED
from ml_exporter.ledger.segmented.segment_format import END, MAGIC, ArrayHeader, Header
from ml_exporter.ledger.segmented.sorted_index import SortedIndex
from ml_exporter.ledger.segmented.texts import TextTable


@dataclass(frozen=True)
class SegmentContent:
    """What a segment holds; its arrays lie in the file. Fields as in ``SegmentSource``."""

    first: int
    end: int
    index: SortedIndex
    columns: dict[str, list[Packed]]
    kept: NDArray[np.uint32] | None
    texts: TextTable
    ages: Ages
    mapped: mmap.mmap

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return len(self.index.entries)

    def release(self) -> None:
        """Give memory back: what is needed is read from the file again."""
        self.mapped.madvise(mmap.MADV_DONTNEED)


def read_segment(path: Path, expected: int, *, verify: bool) -> SegmentContent:
    """Map a segment into memory.

    Args:
        path: the file.
        expected: the checksum of its header.
        verify: whether to compare every array with its checksum, which reads all of it.

    Raises:
        DamagedStore: it is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise DamagedStore(f"the segment {path} cannot be read ({error}); {DAMAGED}") from None
    try:
        content = _content(mapped, expected, verify=verify)
    except (ValueError, struct.error, msgspec.DecodeError) as error:
        raise DamagedStore(f"the segment {path} is damaged ({error}); {DAMAGED}") from None
    content.release()
    return content


def _content(mapped: mmap.mmap, expected: int, *, verify: bool) -> SegmentContent:
    header = _header(mapped, expected)

    def array(placed: ArrayHeader, what: str) -> NDArray[Any]:
        if not placed.count:
            return np.empty(0, dtype=placed.kind)
        values = np.frombuffer(mapped, dtype=placed.kind, count=placed.count, offset=placed.offset)
        if verify and checksum(values.view(np.uint8).data) != placed.checksum:
            raise ValueError(f"the checksum of its {what} does not agree")
        return values

    models, oldest = (array(placed, "ages") for placed in header.ages)
    columns = {
        name: [
            Packed(part.form, part.kind, part.base, part.scale, array(part.data, f"column {name}")) for part in parts
        ]
        for name, parts in header.columns.items()
    }
    return SegmentContent(
        header.first,
        header.end,
        SortedIndex(*(array(placed, "index") for placed in header.index)),
        columns,
        None if header.kept is None else array(header.kept, "rows"),
        TextTable(*(array(placed, "texts") for placed in header.texts)),
        Ages(models.copy(), oldest.reshape(-1, len(models)).copy()),
        mapped,
    )


def _header(mapped: mmap.mmap, expected: int) -> Header:
    length, stored, magic = END.unpack_from(mapped, len(mapped) - END.size)
    end = len(mapped) - END.size
    if magic != MAGIC or mapped[: len(MAGIC)] != MAGIC or length > end:
        raise ValueError("it does not end as a segment does")
    encoded = mapped[end - length : end]
    if stored != expected or checksum(encoded) != expected:
        raise ValueError("its header is not the one that was written")
    return msgspec.json.decode(encoded, type=Header)
