"""CSV: a header, then one event a row; rows of files with the same header are decoded at once."""

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import cast

from ml_exporter.feeds.compression import Content
from ml_exporter.feeds.decoding import CsvEvents, Decoded
from ml_exporter.feeds.formats.interface import Format, Piece, Position, UnreadableFile
from ml_exporter.feeds.formats.lines import BYTE_ORDER_MARK, CHUNK_BYTES
from ml_exporter.feeds.formats.records import Records, Shape, read_records, split_record
from ml_exporter.feeds.formats.settings import FormatSettings
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, FeedContext

_SHOWN_NAMES = 8


class CsvReader:
    """Reads records of one file; see ``FileReader``."""

    def __init__(self, content: Content, reading: "CsvReading") -> None:
        self._content = content
        self._reading = reading
        self._header: tuple[str, ...] = ()
        """The names of its columns, as soon as they are there."""

        self._shape = Shape(0, b"", reading.delimiter)
        self._body = 0
        """Where the rows begin."""

    def like(self, descriptor: int, size: int) -> Hashable:
        """Return the header: rows under the same one are alike."""
        if not self._header:
            self._read_header(descriptor, size)
        return self._header or None

    def read(self, descriptor: int, size: int, position: Position, rows: int) -> Records:
        """Read the next complete records."""
        if not self._header:
            return Records(exhausted=True, advanced=False)
        begun = position.offset
        position.offset = max(begun, self._body)
        data, at_end = self._content.read(descriptor, size, position.offset, CHUNK_BYTES)
        records = read_records(data, position, rows, self._shape, at_end=at_end)
        if self._content.damage and position.offset == begun:
            raise UnreadableFile(self._content.damage)
        position.taken = self._content.taken(position.offset)
        return replace(records, advanced=position.offset > begun, header=self._header)

    def _read_header(self, descriptor: int, size: int) -> None:
        data, _ = self._content.read(descriptor, size, 0, CHUNK_BYTES)
        mark = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
        record = split_record(data, mark, self._reading.delimiter)
        if record.end is None:
            if self._content.damage:
                raise UnreadableFile(self._content.damage)
            if not record.well_formed or len(data) > MAXIMUM_EVENT_BYTES:
                raise UnreadableFile("begins with no header; write the names of the columns in its first line")
            return
        try:
            header = tuple(cell.decode().strip() for cell in record.cells)
        except UnicodeDecodeError:
            raise UnreadableFile("is no UTF-8; write it as UTF-8") from None
        self._reading.require_sound(header)
        self._header, self._body = header, record.end
        line = data[mark : record.end].removesuffix(b"\n").removesuffix(b"\r")
        self._shape = Shape(len(header), line, self._reading.delimiter)


class CsvReading:
    """See ``FormatReading``."""

    def __init__(self, settings: FormatSettings, context: FeedContext) -> None:
        self.delimiter = settings.delimiter.encode()
        self._settings = settings
        self._events = CsvEvents(settings, context, settings.delimiter)

    def require_sound(self, header: Sequence[str]) -> None:
        """Raise where rows under a header could not be used.

        Raises:
            UnreadableFile: it names a column twice, or none of a field.
        """
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise UnreadableFile(f"names the column {twice[0]!r} twice; give each column a name of its own")
        if not self._events.knows(header):
            shown = ", ".join(map(repr, header[:_SHOWN_NAMES])) + (", ..." if len(header) > _SHOWN_NAMES else "")
            raise UnreadableFile(
                f"begins with {shown}, none of which is a field of {self._settings.events}; write the names of the"
                " columns in its first line, name yours under `fields`, or correct the `delimiter`"
            )

    def reader(self, path: str, content: Content) -> CsvReader:  # noqa: ARG002 - what it holds is all it needs
        """Return a reader of a file."""
        return CsvReader(content, self)

    def decode(self, parts: Sequence[tuple[str, Piece]]) -> Decoded:
        """Decode the records of all parts at once."""
        pieces = [(path, cast("Records", piece)) for path, piece in parts]
        firsts = list(accumulate((len(piece.starts) for _, piece in pieces), initial=0))

        def part_of(row: int) -> tuple[str, Records, int]:
            part = bisect_right(firsts, row, hi=len(pieces)) - 1
            return *pieces[part], row - firsts[part]

        def place(row: int) -> str:
            path, piece, own = part_of(row)
            return f"{path}:{piece.offsets[own]}"

        def record(row: int) -> bytes:
            _, piece, own = part_of(row)
            return piece.record(own)

        header = pieces[0][1].header if pieces else ()
        text = b"".join(piece.text for _, piece in pieces)
        decoded = self._events.decode(header, text, firsts[-1], place, record)
        unusable = [line.rejection(path) for path, piece in pieces for line in piece.unusable]
        return Decoded(decoded.events, (*unusable, *decoded.rejections), raw=decoded.raw)


FORMAT = Format("csv", CsvReading)
