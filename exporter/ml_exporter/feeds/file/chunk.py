"""One piece of a file: complete lines only, of bounded size, lines that are too large passed over."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from ml_exporter.feeds.file.position import FilePosition
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES

CHUNK_BYTES = 3 * 1024 * 1024
"""So much of a file is read at once, about a batch of events of 150 bytes. It must be more than an event may have."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN_BYTES = 2000


@dataclass(frozen=True)
class LargeLine:
    """A line that is too large."""

    offset: int
    """Where it begins in the file."""

    beginning: bytes


@dataclass(frozen=True)
class Chunk:
    """What was read."""

    exhausted: bool
    """Whether the file holds no further complete line for now."""

    advanced: bool = False
    """Whether the position has moved."""

    lines: list[bytes] = field(default_factory=list)
    """Complete lines without their newlines; an empty one in the place of one that is too large."""

    start: int = 0
    """Where the first line begins in the file."""

    lengths: dict[int, int] = field(default_factory=dict)
    """Row to bytes in the file, of lines that are longer there than here."""

    too_large: Sequence[LargeLine] = ()

    @cached_property
    def offsets(self) -> list[int]:
        """Where each line begins in the file, and where the last one ends; computed when first asked for."""
        lengths = (self.lengths.get(row, len(line)) + 1 for row, line in enumerate(self.lines))
        return list(accumulate(lengths, initial=self.start))


def read_chunk(descriptor: int, size: int, position: FilePosition, rows: int) -> Chunk:
    """Read the next complete lines of a file and move its position behind them.

    Args:
        descriptor: the open file.
        size: how long it is, bytes.
        position: where it stands.
        rows: so many lines at most, at least 1.
    """
    start = position.offset
    data = os.pread(descriptor, max(0, min(CHUNK_BYTES, size - start)), start)
    at_end = start + len(data) >= size
    if b"\n" not in data:
        return _without_newline(data, position, at_end)
    if position.skipping:
        end_of_large = data.index(b"\n") + 1
        start += end_of_large
        data = data[end_of_large:]
        position.skipping = False
    *lines, rest = data.split(b"\n", rows)
    position.offset = start + len(data) - len(rest)
    exhausted = at_end and b"\n" not in rest
    return _checked(Chunk(exhausted, True, lines, start))


def _without_newline(data: bytes, position: FilePosition, at_end: bool) -> Chunk:
    """Leave a half-written line for later, unless it is too large already."""
    start = position.offset
    if not position.skipping and len(data) <= MAXIMUM_EVENT_BYTES:
        return Chunk(exhausted=at_end)
    too_large = () if position.skipping else (LargeLine(start, data[:_SHOWN_BYTES]),)
    position.offset += len(data)
    position.skipping = True
    return Chunk(exhausted=at_end, advanced=bool(data), too_large=too_large)


def _checked(chunk: Chunk) -> Chunk:
    """Set lines aside that are too large, and the byte order mark."""
    lines, lengths = chunk.lines, chunk.lengths
    too_large: list[LargeLine] = []
    if max(map(len, lines), default=0) > MAXIMUM_EVENT_BYTES:
        offsets = chunk.offsets
        for row, line in enumerate(lines):
            if len(line) > MAXIMUM_EVENT_BYTES:
                too_large.append(LargeLine(offsets[row], line[:_SHOWN_BYTES]))
                lengths[row] = len(line)
                lines[row] = b""
    if chunk.start == 0 and lines and lines[0].startswith(_BYTE_ORDER_MARK):
        lengths[0] = len(lines[0])
        lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
    return Chunk(chunk.exhausted, chunk.advanced, lines, chunk.start, lengths, too_large)
