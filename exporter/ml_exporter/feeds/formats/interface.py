"""What a format is: how the rows of a file are found in it, and what they mean."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ml_exporter.feeds.compression import Content
from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.formats.settings import FormatSettings
from ml_exporter.feeds.interface import FeedContext


class UnreadableFile(Exception):
    """A file cannot be read as it is; the message goes on from its name, and says what to do."""


class UnfinishedFile(UnreadableFile):
    """It is not complete yet, as far as one can tell: somebody may still be writing it."""


class Position(Protocol):
    """How far a file has been read; readers move it."""

    offset: int
    """Bytes of its content, decompressed, or rows."""

    skipping: bool
    """Whether the offset stands within a line that is too large: the rest of it is passed over."""

    taken: int
    """Bytes of the file itself that hold what has been read, about."""


class Piece(Protocol):
    """Rows that were read of one file, not decoded yet."""

    @property
    def exhausted(self) -> bool:
        """Whether the file holds no further complete row for now."""
        ...

    @property
    def advanced(self) -> bool:
        """Whether the position has moved."""
        ...

    @property
    def rows(self) -> int:
        """How many events it is, unusable ones included."""
        ...

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        ...


class FileReader(Protocol):
    """Reads one file. It keeps what saves work, and no position: any may be read from."""

    def like(self, descriptor: int, size: int) -> Hashable:
        """Return what pieces have in common that can be decoded together; ``None`` as long as nobody can know.

        Args:
            descriptor: the open file.
            size: how long it is, bytes.

        Raises:
            UnreadableFile: it is damaged.
        """
        ...

    def read(self, descriptor: int, size: int, position: Position, rows: int) -> Piece:
        """Read the next rows, and move the position behind them.

        Args:
            descriptor: the open file.
            size: how long it is, bytes.
            position: where it stands.
            rows: so many at most, at least 1.

        Raises:
            UnreadableFile: it is damaged.
        """
        ...


class FormatReading(Protocol):
    """A format, ready to read the files of one feed."""

    def reader(self, path: str, content: Content) -> FileReader:
        """Return a reader of a file."""
        ...

    def decode(self, parts: Sequence[tuple[str, Piece]]) -> Decoded:
        """Decode pieces of one likeness, each with the path of its file."""
        ...


@dataclass(frozen=True)
class Format:
    """A format of files: each module of this package that has one defines it as the constant ``FORMAT``."""

    name: str
    """As `format:` says it, and as the names of its files end."""

    prepare: Callable[[FormatSettings, FeedContext], FormatReading]

    unit: Literal["byte", "row"] = "byte"
    """What a position counts."""

    fingerprint: Callable[[int, int], bytes] | None = None
    """Returns of an open file, and its size, some bytes that no other file of the same name is likely to have, always
    equally many; for formats whose files appear as a whole. None: a file grows, and is known by its beginning.

    Raises:
        UnfinishedFile: it is not complete.
    """
