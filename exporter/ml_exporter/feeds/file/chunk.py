"""One piece of a file: complete lines only, never more than a batch, lines that are too large passed over."""

import os
from dataclasses import dataclass, field

import numpy as np

from ml_exporter.feeds.file.position import HEAD, FilePosition
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, MAXIMUM_ROWS

CHUNK_BYTES = 4 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEWLINE = 10


@dataclass(frozen=True)
class Chunk:
    """Lines that were read."""

    text: bytes = b""
    """Complete lines, none of them too large."""

    too_large: list[tuple[int, bytes]] = field(default_factory=list)
    """Offset and beginning of each line that is too large."""

    offset: int = 0
    """Where the text begins in the file."""

    advanced: bool = False
    """Whether the position has moved."""

    exhausted: bool = False
    """Whether the file holds no further complete line for now."""


@dataclass(frozen=True)
class Opened:
    """An open file: its beginning and a way to read on."""

    descriptor: int
    size: int

    def head(self) -> bytes:
        """Return its first bytes."""
        return os.pread(self.descriptor, HEAD, 0)


def read_chunk(opened: Opened, position: FilePosition) -> Chunk:
    """Read the next complete lines of a file and move its position behind them."""
    start = position.offset
    data = os.pread(opened.descriptor, CHUNK_BYTES, start)
    at_end = start + len(data) >= opened.size
    newlines = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _NEWLINE)
    if not len(newlines):
        return _without_newline(data, position, at_end)
    begin = 0
    if position.skipping:
        begin = int(newlines[0]) + 1
        newlines = newlines[1:]
        position.skipping = False
    newlines = newlines[:MAXIMUM_ROWS]
    end = int(newlines[-1]) + 1 if len(newlines) else begin
    position.offset = start + end
    text, too_large = _without_large_lines(data, begin, newlines, start)
    if start == 0:
        text = text.removeprefix(_BYTE_ORDER_MARK)
    exhausted = at_end and data.rfind(b"\n") + 1 == end
    return Chunk(text, too_large, start + begin, advanced=True, exhausted=exhausted)


def _without_newline(data: bytes, position: FilePosition, at_end: bool) -> Chunk:
    """Leave a half-written line for later, unless it is too large already."""
    start = position.offset
    if position.skipping:
        position.offset += len(data)
        return Chunk(offset=start, advanced=bool(data), exhausted=at_end)
    if len(data) <= MAXIMUM_EVENT_BYTES:
        return Chunk(offset=start, exhausted=True)
    position.offset += len(data)
    position.skipping = True
    return Chunk(too_large=[(start, data[:HEAD])], offset=start, advanced=True, exhausted=at_end)


def _without_large_lines(
    data: bytes, begin: int, newlines: np.ndarray, start: int
) -> tuple[bytes, list[tuple[int, bytes]]]:
    if not len(newlines):
        return b"", []
    begins = np.concatenate([[begin], newlines[:-1] + 1])
    large = np.flatnonzero(newlines - begins > MAXIMUM_EVENT_BYTES)
    end = int(newlines[-1]) + 1
    if not len(large):
        return data[begin:end], []
    too_large = [(start + int(begins[line]), data[int(begins[line]) : int(begins[line]) + HEAD]) for line in large]
    kept = [
        data[int(first) : int(last) + 1]
        for line, (first, last) in enumerate(zip(begins, newlines, strict=True))
        if line not in set(large.tolist())
    ]
    return b"".join(kept), too_large
