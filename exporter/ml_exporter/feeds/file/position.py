"""Where a feed of files stands: for each file who it is and how far it has been read."""

from pathlib import PurePath

import msgspec
import xxhash

from ml_exporter.feeds.formats import format_by_name, formats
from ml_exporter.feeds.interface import FeedError

HEAD = 1024
"""A file is known by its device, its inode and a hash of its first bytes: at most so many."""


class FilePosition(msgspec.Struct):
    """How far one file has been read. The path is where it was last seen: rotation changes it."""

    path: str
    device: int
    inode: int
    offset: int = 0
    """Bytes that have been read of its content, decompressed, or rows: complete lines, unless it stands within one
    that is too large."""

    head_length: int = 0
    """Bytes that ``head_hash`` covers: all that the file had when it was last looked into, at most ``HEAD``."""

    head_hash: str = ""
    skipping: bool = False
    """Whether the offset stands within a line that is too large: the rest of it is passed over."""

    format: str = ""
    """Its format, from when it was first seen: rotation may take away what its name said."""

    taken: int = -1
    """Bytes of the file itself that hold what has been read, about; -1 where an older version wrote the position."""

    def __post_init__(self) -> None:
        if self.taken < 0:
            self.taken = self.offset

    @property
    def identity(self) -> tuple[int, int]:
        """Return device and inode."""
        return self.device, self.inode

    def fits(self, head: bytes) -> bool:
        """Tell whether a file that begins with ``head`` can be the one that was read."""
        if not self.head_length:
            return True
        return len(head) >= self.head_length and _hash(head[: self.head_length]) == self.head_hash

    def remember(self, head: bytes) -> None:
        """Remember the beginning of the file, as far as it is there."""
        self.head_length = len(head)
        self.head_hash = _hash(head)

    def restart(self) -> None:
        """Stand at the beginning again: the content is another one."""
        self.offset = 0
        self.taken = 0
        self.head_length = 0
        self.head_hash = ""
        self.skipping = False


def _hash(head: bytes) -> str:
    return xxhash.xxh3_64_hexdigest(head)


def encode(positions: list[FilePosition]) -> bytes:
    """Return positions as bytes for the ledger."""
    return msgspec.json.encode(positions)


def decode(stored: bytes | None) -> list[FilePosition]:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: these are no positions of files.
    """
    if stored is None:
        return []
    try:
        return msgspec.json.decode(stored, type=list[FilePosition])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of files ({error}); if the feed was of another kind before, give it a new"
            " name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands: of several files, in the one that was begun last.

    Raises:
        FeedError: it is none of files.
    """
    files = decode(stored)
    if not files:
        return "no file yet"
    last = files[-1]
    others = f", and {len(files) - 1} more" if len(files) > 1 else ""
    known = formats().get(last.format or format_by_name(last.path))
    unit = known.unit if known else "byte"
    return f"{PurePath(last.path).name}, {unit} {last.offset:,}{others}"
