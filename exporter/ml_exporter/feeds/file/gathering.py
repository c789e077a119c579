"""A batch in the making: lines of one file, or of several small ones."""

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import itemgetter

from ml_exporter.feeds.decoding import Decoded, JsonEvents
from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.file.chunk import CHUNK_BYTES, Chunk
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, MAXIMUM_ROWS, Rejection


@dataclass
class Gathering:
    """Collects chunks until there is enough for a batch."""

    truncations: int = 0
    bytes_read: int = 0
    moved: bool = False
    """Whether any file's position has moved: only then there is something to commit."""

    _lines: list[bytes] = field(default_factory=list)
    _bytes: int = 0
    _parts: list[tuple[int, str, Chunk]] = field(default_factory=list)
    """The first line of each file, the file, and its chunk."""

    _too_large: list[Rejection] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Return how many events may still come; 0 where the bytes of a chunk are reached."""
        events = len(self._lines) + len(self._too_large)
        return max(0, MAXIMUM_ROWS - events) if self._bytes < CHUNK_BYTES // 2 else 0

    @property
    def worth_a_batch(self) -> bool:
        """Tell whether there is anything that has to become durable."""
        return self.moved or self.truncations > 0

    def add(self, path: str, chunk: Chunk) -> None:
        """Add a chunk of a file."""
        self.moved |= chunk.advanced
        self._parts.append((len(self._lines), path, chunk))
        self._lines += chunk.lines
        self._bytes += sum(map(len, chunk.lines))
        limit = MAXIMUM_EVENT_BYTES // 1024
        self._too_large += [
            Rejection(
                "too_large",
                f"the line is larger than {limit} KiB; send less in one event",
                f"{path}:{line.offset}",
                beginning(line.beginning),
            )
            for line in chunk.too_large
        ]

    def decode(self, events: JsonEvents) -> Decoded:
        """Decode what was gathered."""
        decoded = events.decode(self._lines, self._place)
        return Decoded(decoded.events, (*self._too_large, *decoded.rejections))

    def _place(self, line: int) -> str:
        first, path, chunk = self._parts[bisect_right(self._parts, line, key=itemgetter(0)) - 1]
        return f"{path}:{chunk.offsets[line - first]}"
