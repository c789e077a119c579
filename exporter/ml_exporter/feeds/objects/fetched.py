"""One object, fetched: a file without a name, which is gone with the process whatever ends it."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore

from ml_exporter.feeds.compression import MAGIC_BYTES, compressions
from ml_exporter.feeds.formats import format_by_name, formats
from ml_exporter.feeds.objects.found import FoundObject

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_OPEN_FILES = Path("/proc/self/fd")
"""Where Linux has open files by their numbers, those without a name, too."""


class ChangedObject(Exception):
    """An object is gone, or another one has taken its name, since it was found."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__()
        self.gone = gone


@dataclass(frozen=True)
class Fetched:
    """A copy of an object. Text in it ends with a newline: no writer goes on with its last line."""

    file: BinaryIO
    head: bytes
    size: int
    format: str

    @property
    def descriptor(self) -> int:
        """Return the number of the open file."""
        return self.file.fileno()

    @property
    def path(self) -> str:
        """Return a path that leads to it, for libraries that open files themselves."""
        return str(_OPEN_FILES / str(self.descriptor)) if isinstance(self.file.name, int) else self.file.name

    def close(self) -> None:
        """Let go of the copy."""
        self.file.close()


def fetch(store: "ObjectStore", found: FoundObject, format_: str | None) -> Fetched:
    """Fetch an object.

    Args:
        store: where it lies.
        found: which one.
        format_: its format; ``None``: what its name says.

    Raises:
        ChangedObject: it is not what was found any more.
    """
    # Where open files have no paths of their own, the copy keeps its name until it is closed.
    make = tempfile.TemporaryFile if _OPEN_FILES.is_dir() else tempfile.NamedTemporaryFile
    file = cast("BinaryIO", make())
    try:
        try:
            options: obstore.GetOptions = {"if_match": found.tag} if found.tag else {}
            for chunk in obstore.get(store, found.key, options=options).stream():
                file.write(bytes(chunk))
        except FileNotFoundError:
            raise ChangedObject(gone=True) from None
        except obstore.exceptions.PreconditionError:
            raise ChangedObject(gone=False) from None
        chosen = format_ or format_by_name(found.key)
        file.flush()
        head = os.pread(file.fileno(), 1024, 0)
        if formats()[chosen].fingerprint is None:
            file.write(_newline(head))
            file.flush()
        return Fetched(file, head, os.fstat(file.fileno()).st_size, chosen)
    except BaseException:
        file.close()
        raise


def _newline(head: bytes) -> bytes:
    """Return a newline as it stands behind text that begins so, compressed or not."""
    for compression in compressions():
        if len(head) >= MAGIC_BYTES and head.startswith(compression.magic):
            return compression.newline
    return b"\n"
