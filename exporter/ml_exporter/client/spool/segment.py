"""One file of the spool: events of one kind, JSON lines."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_exporter.client.events import Kind

_NAME = re.compile(r"(\d{12})-(predictions|labels)\.jsonl")


@dataclass(frozen=True)
class Segment:
    """A segment that is complete: nothing is appended to it any more."""

    path: Path
    kind: Kind
    size: int
    """Bytes."""

    events: int


def number_of(path: Path) -> int | None:
    """Return a segment's number, by which they are ordered; ``None`` where the file is no segment."""
    named = _NAME.fullmatch(path.name)
    return int(named[1]) if named else None


def name_of(number: int, kind: Kind) -> str:
    """Return a segment's name."""
    return f"{number:012d}-{kind}.jsonl"


def found(path: Path) -> Segment:
    """Return a segment that is there, from a process that has ended.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    kind: Kind = "labels" if path.name.endswith("-labels.jsonl") else "predictions"
    return Segment(path, kind, len(content), content.count(b"\n"))


def read(segment: Segment) -> list[bytes]:
    """Return the lines of a segment; the last one is left out where its writer died amid it.

    Raises:
        OSError: it cannot be read.
    """
    *lines, _half = segment.path.read_bytes().split(b"\n")
    return [line for line in lines if line]


class OpenSegment:
    """The segment that is being appended to."""

    def __init__(self, path: Path, kind: Kind) -> None:
        """Begin a file.

        Raises:
            OSError: it cannot be made.
        """
        self._path = path
        self._kind: Kind = kind
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.size = 0
        self.events = 0

    def append(self, lines: Sequence[bytes], *, to_disk: bool) -> None:
        """Append events: all of them, or none.

        Args:
            lines: the events.
            to_disk: whether to wait until they would survive a power cut.

        Raises:
            OSError: they cannot be written, as on a full disk.
        """
        content = b"\n".join(lines) + b"\n"
        try:
            written = 0
            while written < len(content):
                written += os.write(self._descriptor, memoryview(content)[written:])
            if to_disk:
                os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self.size += len(content)
        self.events += len(lines)

    def complete(self) -> Segment:
        """End it."""
        self.abandon()
        return Segment(self._path, self._kind, self.size, self.events)

    def abandon(self) -> None:
        """Let go of the file as it stands."""
        os.close(self._descriptor)
