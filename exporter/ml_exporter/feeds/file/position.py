"""Where a feed of files stands: for each file who it is and how far it has been read."""

from pathlib import Path

import msgspec
import xxhash

HEAD = 1024
"""A file is known by its device, its inode and a hash of its first bytes: at most so many."""


class FilePosition(msgspec.Struct):
    """How far one file has been read. The path is where it was last seen: rotation changes it."""

    path: str
    device: int
    inode: int
    offset: int = 0
    """Bytes that have been read: complete lines."""

    head_length: int = 0
    head_hash: str = ""
    skipping: bool = False
    """Whether the offset stands within a line that is too large: the rest of it is passed over."""

    @property
    def identity(self) -> tuple[int, int]:
        """Return device and inode."""
        return self.device, self.inode

    def fits(self, head: bytes) -> bool:
        """Tell whether a file that begins with ``head`` is still the one that was read."""
        return len(head) >= self.head_length and _hash(head[: self.head_length]) == self.head_hash

    def remember(self, head: bytes) -> None:
        """Remember the beginning of the file, as far as it is there."""
        self.head_length = len(head)
        self.head_hash = _hash(head)

    def restart(self) -> None:
        """Stand at the beginning again: the content is another one."""
        self.offset, self.head_length, self.head_hash, self.skipping = 0, 0, "", False


def _hash(head: bytes) -> str:
    return xxhash.xxh3_64_hexdigest(head)


def encode(positions: list[FilePosition]) -> bytes:
    """Return positions as bytes for the ledger."""
    return msgspec.json.encode(positions)


def decode(stored: bytes | None) -> list[FilePosition]:
    """Read what ``encode`` wrote."""
    return msgspec.json.decode(stored, type=list[FilePosition]) if stored else []


def find_renamed(position: FilePosition) -> str | None:
    """Look for a file under another name in the folder where it was: that is how rotation moves it."""
    folder = Path(position.path).parent
    try:
        for path in folder.iterdir():
            status = path.stat(follow_symlinks=False)
            if (status.st_dev, status.st_ino) == position.identity:
                return str(path)
    except OSError:
        return None
    return None
