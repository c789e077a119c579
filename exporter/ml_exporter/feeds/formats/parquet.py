"""Parquet: files that appear as a whole, read a batch of rows at a time."""

import os
import struct
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl
from polars.exceptions import PanicException, PolarsError

from ml_exporter.feeds.compression import Content
from ml_exporter.feeds.decoding import ColumnEvents, Decoded
from ml_exporter.feeds.decoding.flat import values_of
from ml_exporter.feeds.formats.interface import Format, Piece, Position, UnfinishedFile, UnreadableFile
from ml_exporter.feeds.formats.settings import FormatSettings
from ml_exporter.feeds.interface import FeedContext

_MAGIC = b"PAR1"
_SMALLEST = 12
"""Bytes: the magic at both ends, and the length of what stands before the second one."""

_FINGERPRINT = 512
"""Bytes of each end: how the data begin, and the statistics at the end."""

_SHOWN_NAMES = 8


@dataclass(frozen=True)
class Table:
    """What was read; see ``Piece``."""

    exhausted: bool
    frame: pl.DataFrame
    first: int
    """The number of its first row in the file, from 0."""

    @property
    def advanced(self) -> bool:
        """Tell whether there are any rows."""
        return len(self.frame) > 0

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return len(self.frame)

    @property
    def size(self) -> int:
        """Return the bytes that they take."""
        return int(self.frame.estimated_size())


class ParquetReader:
    """Reads rows of one file; see ``FileReader``."""

    def __init__(self, path: str, events: ColumnEvents) -> None:
        self._path = path
        self._events = events
        self._scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        self._rows = -1
        self._columns: list[str] = []

    def like(self, _descriptor: int, _size: int) -> Hashable:
        """Return itself: what columns are, and of which type, each file says for itself."""
        return self

    def read(self, descriptor: int, size: int, position: Position, rows: int) -> Table:
        """Read the next rows."""
        first = position.offset
        try:
            if self._rows < 0:
                self._look()
            frame = self._scan.slice(first, rows).select(self._columns).collect()
        except (PolarsError, PanicException, OverflowError) as error:
            if not self._is_still_there(descriptor):
                raise FileNotFoundError(self._path) from None
            raise UnreadableFile(
                f"is no sound Parquet file ({str(error).splitlines()[0]}); write it again, or move it out of the"
                " feed's path"
            ) from None
        if not self._is_still_there(descriptor):
            raise FileNotFoundError(self._path)  # these are rows of another file, which has taken its name
        position.offset = first + len(frame)
        done = position.offset >= self._rows
        position.taken = size if done else size * position.offset // self._rows
        return Table(done, frame, first)

    def _look(self) -> None:
        """Find out how many rows there are, and which of the columns hold fields."""
        names = self._scan.collect_schema().names()
        self._columns = self._events.needed(names)
        if not self._columns:
            shown = ", ".join(map(repr, names[:_SHOWN_NAMES])) + (", ..." if len(names) > _SHOWN_NAMES else "")
            raise UnreadableFile(
                f"has the columns {shown}, none of which is a field of the feed's events; name yours under `fields`"
            )
        self._rows = int(self._scan.select(pl.len()).collect().item())

    def _is_still_there(self, descriptor: int) -> bool:
        """Tell whether the path still leads to the file that is open: the library opens it by its path."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(descriptor))  # noqa: PTH116 - beside a descriptor
        except OSError:
            return False


class ParquetReading:
    """See ``FormatReading``."""

    def __init__(self, settings: FormatSettings, context: FeedContext) -> None:
        self._events = ColumnEvents(settings, context)

    def reader(self, path: str, content: Content) -> ParquetReader:  # noqa: ARG002 - it is compressed within
        """Return a reader of a file."""
        return ParquetReader(path, self._events)

    def decode(self, parts: Sequence[tuple[str, Piece]]) -> Decoded:
        """Decode the rows of a file; there is only one."""
        if not parts:
            return self._events.decode({}, 0, str)
        ((path, piece),) = parts
        table = cast("Table", piece)
        columns = {column.name: values_of(column) for column in table.frame}
        return self._events.decode(columns, table.rows, lambda row: f"{path}:row {table.first + row + 1}")


def fingerprint(descriptor: int, size: int) -> bytes:
    """Return how a complete file begins and ends; see ``Format``."""
    head = os.pread(descriptor, _FINGERPRINT, 0)
    if len(head) >= len(_MAGIC) and not head.startswith(_MAGIC):
        raise UnreadableFile("is no Parquet file; write one, or say its `format`")
    tail = os.pread(descriptor, _FINGERPRINT, max(0, size - _FINGERPRINT))
    if size < _SMALLEST or not tail.endswith(_MAGIC):
        raise UnfinishedFile(
            "has no end as a Parquet file has it: it is still being written, or its writer has died; have it written"
            " under another name and renamed when it is complete, or remove it"
        )
    return head.ljust(_FINGERPRINT, b"\0") + tail.ljust(_FINGERPRINT, b"\0") + struct.pack("<q", size)


FORMAT = Format("parquet", ParquetReading, "row", fingerprint)
