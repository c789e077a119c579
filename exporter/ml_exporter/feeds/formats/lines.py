"""One piece of a text: complete lines only, of bounded size, lines that are too large passed over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from ml_exporter.feeds.decoding.decoded import SHOWN_BYTES, beginning
from ml_exporter.feeds.formats.interface import Position
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, Rejection

CHUNK_BYTES = 3 * 1024 * 1024
"""So much of a file is read at once, about a batch of events of 150 bytes. It must be more than an event may have."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class LargeLine:
    """A line that is too large."""

    offset: int
    """Where it begins in the content."""

    beginning: bytes

    def rejection(self, path: str) -> Rejection:
        """Say why it cannot be used."""
        limit = MAXIMUM_EVENT_BYTES // 1024
        return Rejection(
            "too_large",
            f"the line is larger than {limit} KiB; send less in one event",
            f"{path}:{self.offset}",
            beginning(self.beginning),
        )


@dataclass(frozen=True)
class Chunk:
    """What was read; see ``Piece``."""

    exhausted: bool
    advanced: bool = False

    lines: list[bytes] = field(default_factory=list)
    """Complete lines without their newlines; an empty one in the place of one that is too large."""

    start: int = 0
    """Where the first line begins in the file."""

    lengths: dict[int, int] = field(default_factory=dict)
    """Row to bytes in the file, of lines that are longer there than here."""

    too_large: Sequence[LargeLine] = ()

    @property
    def rows(self) -> int:
        """Return how many lines there are, and large ones beside them."""
        return len(self.lines) + len(self.too_large)

    @cached_property
    def size(self) -> int:
        """Return the bytes of the lines."""
        return sum(map(len, self.lines))

    @cached_property
    def offsets(self) -> list[int]:
        """Where each line begins in the file, and where the last one ends; computed when first asked for."""
        lengths = (self.lengths.get(row, len(line)) + 1 for row, line in enumerate(self.lines))
        return list(accumulate(lengths, initial=self.start))


def read_lines(data: bytes, position: Position, rows: int, *, at_end: bool) -> Chunk:
    """Take the next complete lines of a content and move its position behind them.

    Args:
        data: what stands behind the position, as far as it is looked at.
        position: where the content stands.
        rows: so many lines at most, at least 1.
        at_end: whether that is all for now.
    """
    start = position.offset
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


def _without_newline(data: bytes, position: Position, at_end: bool) -> Chunk:
    """Leave a half-written line for later, unless it is too large already."""
    start = position.offset
    if not position.skipping and len(data) <= MAXIMUM_EVENT_BYTES:
        return Chunk(exhausted=at_end)
    too_large = () if position.skipping else (LargeLine(start, data[:SHOWN_BYTES]),)
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
                too_large.append(LargeLine(offsets[row], line[:SHOWN_BYTES]))
                lengths[row] = len(line)
                lines[row] = b""
    if chunk.start == 0 and lines and lines[0].startswith(BYTE_ORDER_MARK):
        lengths[0] = len(lines[0])
        lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
    return Chunk(chunk.exhausted, chunk.advanced, lines, chunk.start, lengths, too_large)
