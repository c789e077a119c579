"""A batch in the making: rows of one file, or of several small ones of the same likeness."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.formats.interface import Piece
from ml_exporter.feeds.formats.lines import CHUNK_BYTES
from ml_exporter.feeds.formats.readers import Readers
from ml_exporter.feeds.interface import MAXIMUM_ROWS


@dataclass
class Gathering:
    """Collects pieces until there is enough for a batch."""

    truncations: int = 0
    bytes_read: int = 0
    moved: bool = False
    """Whether any file's position has moved: only then there is something to commit."""

    _rows: int = 0
    _bytes: int = 0
    _format: str | None = None
    _like: Hashable = None
    _parts: list[tuple[str, Piece]] = field(default_factory=list)

    @property
    def room(self) -> int:
        """Return how many events may still come; 0 where the bytes of a chunk are reached."""
        return max(0, MAXIMUM_ROWS - self._rows) if self._bytes < CHUNK_BYTES // 2 else 0

    @property
    def worth_a_batch(self) -> bool:
        """Tell whether there is anything that has to become durable."""
        return self.moved or self.truncations > 0

    def takes(self, format_: str, like: Hashable) -> bool:
        """Tell whether pieces of a format and a likeness can be decoded together with those that are there."""
        return not self._parts or like is None or (self._format, self._like) == (format_, like)

    def add(self, path: str, piece: Piece, format_: str, like: Hashable) -> None:
        """Add a piece of a file."""
        self.moved |= piece.advanced
        if piece.rows:
            self._format, self._like = format_, like
            self._rows += piece.rows
            self._bytes += piece.size
            self._parts.append((path, piece))

    def decode(self, readers: Readers) -> Decoded:
        """Decode what was gathered."""
        return readers.decode(self._format, self._parts)
