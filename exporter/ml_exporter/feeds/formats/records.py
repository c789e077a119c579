"""One piece of CSV: complete records only (RFC 4180), of bounded size, unusable ones set aside.

Most pieces are looked at as a whole. Where anything in one is odd, its records are looked at one by one; what is a
record, and what is wrong with it, is the same either way, and however the file was cut into pieces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.feeds.decoding.decoded import SHOWN_BYTES, beginning
from ml_exporter.feeds.formats.interface import Position
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, Reason, Rejection

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_QUOTED = re.compile(rb'"[^"]*(?:""[^"]*)*"')


@dataclass(frozen=True)
class Shape:
    """What the records of a file have in common."""

    cells: int
    """How many cells each has."""

    header: bytes
    """The line of the header. One that repeats it is passed over: files are put together, writers start again."""

    delimiter: bytes
    """One byte."""


@dataclass(frozen=True)
class Unusable:
    """A line that is no record, or none of this file."""

    offset: int
    """Where it begins in the content."""

    reason: Reason
    detail: str
    beginning: bytes

    def rejection(self, path: str) -> Rejection:
        """Say why it cannot be used."""
        return Rejection(self.reason, self.detail, f"{path}:{self.offset}", beginning(self.beginning))


@dataclass(frozen=True)
class Records:
    """What was read; see ``Piece``."""

    exhausted: bool
    advanced: bool
    text: bytes = b""
    """Sound records in UTF-8, each with as many cells as the header and a newline behind it."""

    starts: Sequence[int] = ()
    """Where each begins in the text."""

    offsets: Sequence[int] = ()
    """Where each begins in the content."""

    unusable: Sequence[Unusable] = ()

    header: Sequence[str] = ()
    """The names of the cells."""

    @property
    def rows(self) -> int:
        """Return how many records there are, unusable ones included."""
        return len(self.starts) + len(self.unusable)

    @property
    def size(self) -> int:
        """Return the bytes of the records."""
        return len(self.text)

    def record(self, row: int) -> bytes:
        """Return the text of a sound record, without its newline."""
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[row] : end].rstrip(b"\r\n")


def read_records(data: bytes, position: Position, rows: int, shape: Shape, *, at_end: bool) -> Records:
    """Take the next complete records of a content and move its position behind them.

    Args:
        data: what stands behind the position, as far as it is looked at: more than an event may have, or all.
        position: where the content stands.
        rows: so many at most, at least 1.
        shape: of the records.
        at_end: whether that is all for now.
    """
    if position.skipping:
        end_of_large = data.find(b"\n") + 1
        position.offset += end_of_large or len(data)
        if not end_of_large:
            return Records(exhausted=at_end, advanced=bool(data))
        position.skipping = False
        data = data[end_of_large:]
    looked = _at_once(data, position.offset, rows, shape) or _one_by_one(data, position.offset, rows, shape)
    position.offset += looked.used
    position.skipping = looked.skipping
    return Records(
        exhausted=at_end and looked.all_complete,
        advanced=looked.used > 0,
        text=looked.text,
        starts=looked.starts,
        offsets=looked.offsets,
        unusable=looked.unusable,
    )


@dataclass
class _Looked:
    """What was found in the data."""

    used: int = 0
    all_complete: bool = False
    """Whether no complete record is left behind those."""

    skipping: bool = False
    text: bytes = b""
    starts: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)


def _at_once(data: bytes, offset: int, rows: int, shape: Shape) -> _Looked | None:
    """Find records whose quotes all stand where they should; ``None`` where anything is odd but a number of cells."""
    if _is_repeated(shape.header, data):
        return None
    content = np.frombuffer(data, dtype=np.uint8)
    newlines, separators = np.flatnonzero(content == _NEWLINE), np.flatnonzero(content == shape.delimiter[0])
    quotes = np.flatnonzero(content == _QUOTE) if b'"' in data else np.zeros(0, dtype=np.intp)
    if len(quotes):
        newlines, separators = _outside(newlines, quotes), _outside(separators, quotes)
    ends = newlines[:rows]
    if not len(ends):
        return None
    used = int(ends[-1]) + 1
    if not _well_placed(content, quotes[quotes < used], shape.delimiter[0]) or not _is_unicode(data[:used]):
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    lengths -= (lengths > 0) & (content[ends - 1] == _RETURN)
    cells = np.diff(np.searchsorted(separators, np.append(starts, used))) + 1
    odd = (cells != shape.cells) | (lengths > MAXIMUM_EVENT_BYTES)
    blank = lengths == 0
    if len(quotes) and (odd & ~blank).any():
        return None
    kept = ~odd & ~blank
    text = data[:used]
    kept_starts = starts
    if not kept.all():
        text = b"".join(data[start : end + 1] for start, end in zip(starts[kept], ends[kept], strict=True))
        kept_starts = np.concatenate([[0], np.cumsum(ends[kept] + 1 - starts[kept])[:-1]])[: int(kept.sum())]
    return _Looked(
        used=used,
        # A quote behind the last record may hide others: a look at them one by one tells.
        all_complete=len(ends) == len(newlines)
        and len(data) - used <= MAXIMUM_EVENT_BYTES
        and (not len(quotes) or int(quotes[-1]) < used),
        text=text,
        starts=kept_starts.tolist(),
        offsets=(starts[kept] + offset).tolist(),
        unusable=[
            _of_wrong_size(data[starts[row] : ends[row]], offset + int(starts[row]), int(cells[row]), shape)
            for row in np.flatnonzero(odd & ~blank).tolist()
        ],
    )


def _is_repeated(header: bytes, data: bytes) -> bool:
    return any(
        data.startswith(header + end) or b"\n" + header + end in data for end in (b"\n", b"\r\n") if header in data
    )


def _outside(places: NDArray[np.intp], quotes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the places that an even number of quotes stands before."""
    even: NDArray[np.bool_] = np.searchsorted(quotes, places) % 2 == 0
    return places[even]


def _well_placed(content: NDArray[np.uint8], quotes: NDArray[np.intp], delimiter: int) -> bool:
    """Tell whether each quote begins or ends a cell, or stands with another one for a quote within a cell."""
    if not len(quotes):
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, content[opening - 1], _NEWLINE)
    behind = content[closing + 1]
    ends = np.isin(behind, (delimiter, _NEWLINE, _QUOTE))
    ends |= (behind == _RETURN) & (content[np.minimum(closing + 2, len(content) - 1)] == _NEWLINE)
    return bool(np.isin(before, (delimiter, _NEWLINE, _QUOTE)).all() and ends.all())


def _is_unicode(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_wrong_size(line: bytes, offset: int, cells: int, shape: Shape) -> Unusable:
    if len(line.removesuffix(b"\r")) > MAXIMUM_EVENT_BYTES:
        return _too_large(line, offset)
    detail = (
        f"the row has {cells} cells and the header {shape.cells}; write as many, and put quotes around a cell"
        " that holds a delimiter"
    )
    return Unusable(offset, "malformed", detail, line[:SHOWN_BYTES])


def _too_large(line: bytes, offset: int) -> Unusable:
    limit = MAXIMUM_EVENT_BYTES // 1024
    detail = f"the line is larger than {limit} KiB; send less in one event"
    return Unusable(offset, "too_large", detail, line[:SHOWN_BYTES])


def _one_by_one(data: bytes, offset: int, rows: int, shape: Shape) -> _Looked:
    """Find records one by one. Of one that is unusable only the first line is given up: its quotes may be wrong."""
    looked = _Looked()
    texts: list[bytes] = []
    length = 0
    while len(texts) + len(looked.unusable) < rows:
        begin = looked.used
        line_end = data.find(b"\n", begin)
        if line_end < 0:
            looked.all_complete = True
            if len(data) - begin > MAXIMUM_EVENT_BYTES:
                looked.unusable.append(_too_large(data[begin:], offset + begin))
                looked.used, looked.skipping = len(data), True
            break
        line = data[begin:line_end]
        record = split_record(data, begin, shape.delimiter)
        if record.end is None and record.well_formed and len(data) - begin <= MAXIMUM_EVENT_BYTES:
            looked.all_complete = True
            break
        wrong = _wrong(record, line, offset + begin, begin, shape)
        if wrong is not None or record.end is None:
            looked.unusable += [wrong] if wrong else []
            looked.used = line_end + 1
            continue
        looked.used = record.end
        if line.strip(b"\r") and line.removesuffix(b"\r") != shape.header:
            looked.starts.append(length)
            looked.offsets.append(offset + begin)
            texts.append(shape.delimiter.join(b'"' + cell.replace(b'"', b'""') + b'"' for cell in record.cells) + b"\n")
            length += len(texts[-1])
    looked.text = b"".join(texts)
    return looked


def _wrong(record: "Record", line: bytes, offset: int, begin: int, shape: Shape) -> Unusable | None:
    """Return what is wrong with a record, if anything is."""
    if len(line.removesuffix(b"\r")) > MAXIMUM_EVENT_BYTES:
        return _too_large(line, offset)
    if record.end is None or record.end - begin > MAXIMUM_EVENT_BYTES + 2:
        limit = MAXIMUM_EVENT_BYTES // 1024
        detail = (
            f"a quote that is opened here is not closed within {limit} KiB, or not where a cell ends; write two quotes"
            " for one within a cell"
        )
        return Unusable(offset, "malformed", detail, line[:SHOWN_BYTES])
    if len(record.cells) != shape.cells and line.strip(b"\r"):
        return _of_wrong_size(line, offset, len(record.cells), shape)
    if not all(map(_is_unicode, record.cells)):
        detail = "the row holds bytes that are no UTF-8; write the file as UTF-8"
        return Unusable(offset, "malformed", detail, line[:SHOWN_BYTES])
    return None


@dataclass(frozen=True)
class Record:
    """One record, split into its cells."""

    cells: list[bytes]
    end: int | None
    """Where the next one begins; ``None`` where nobody can know."""

    well_formed: bool = True
    """Whether it could have an end further on: something stands behind a closing quote otherwise."""


def split_record(data: bytes, begin: int, delimiter: bytes) -> Record:
    """Split the record that begins at a place into its cells.

    A quote counts as one where a cell begins with it; within a cell that does not, it is a character.
    """
    unquoted = re.compile(rb"[^\n" + re.escape(delimiter) + rb"]*")
    last = min(len(data), begin + MAXIMUM_EVENT_BYTES + 3)
    cells: list[bytes] = []
    at = begin
    while True:
        quoted = data[at : at + 1] == b'"'
        match = (_QUOTED if quoted else unquoted).match(data, at, last)
        if match is None:
            return Record(cells, None)
        cell, at = match.group(), match.end()
        behind = data[at : at + 2]
        if quoted:
            cell = cell[1:-1].replace(b'""', b'"')
            if behind == b"\r\n":
                return Record([*cells, cell], at + 2)
        if behind.startswith(b"\n"):
            return Record([*cells, cell if quoted else cell.removesuffix(b"\r")], at + 1)
        if not behind.startswith(delimiter):
            # Of two quotes at the end of the data, the pattern takes the first one for a closing one.
            return Record(cells, None, well_formed=behind in {b"", b"\r"} or behind.startswith(b'"'))
        cells.append(cell)
        at += 1
