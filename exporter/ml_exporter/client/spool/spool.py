"""The spool of one process: batches go in at one end, segments come out at the other, oldest first."""

import contextlib
from collections import deque
from pathlib import Path

from ml_exporter.client.buffer import Lines
from ml_exporter.client.events import Kind
from ml_exporter.client.settings import Limits
from ml_exporter.client.spool.folder import OwnFolder, orphans
from ml_exporter.client.spool.segment import OpenSegment, Segment, found, name_of, read


class Spool:
    """Not safe for use by several threads at once; its folder is made when there is first something to keep.

    What is written survives the process's end in any way. A power cut it survives from ``fsync`` on, which costs some
    milliseconds a batch.
    """

    def __init__(self, parent: Path, limits: Limits, *, fsync: bool = False) -> None:
        """Begin.

        Args:
            parent: the spool that processes share.
            limits: how much is kept.
            fsync: whether each batch must survive a power cut before the next is taken.
        """
        self.dropped = 0
        """Count of events that were removed for want of room, or lost with a file that cannot be read."""

        self._parent = parent
        self._limits = limits
        self._fsync = fsync
        self._folder: OwnFolder | None = None
        self._number = 0
        self._segments: deque[Segment] = deque()
        self._open: dict[Kind, OpenSegment] = {}
        self._head: tuple[Segment, list[bytes]] | None = None
        """The oldest segment and what is still to be sent of it."""

    @property
    def events(self) -> int:
        """Return how many events wait."""
        sent = self._head[0].events - len(self._head[1]) if self._head else 0
        return sum(one.events for one in self._segments) + sum(one.events for one in self._open.values()) - sent

    @property
    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(one.size for one in self._segments) + sum(one.size for one in self._open.values())

    def append(self, lines: Lines) -> None:
        """Keep events.

        Raises:
            OSError: they cannot be kept, as on a full disk; nothing of them was.
        """
        folder = self._own_folder()
        writing = self._open.get(lines.kind)
        if writing is None:
            self._number += 1
            writing = OpenSegment(folder.path / name_of(self._number, lines.kind), lines.kind)
            self._open[lines.kind] = writing
        writing.append(lines.lines, to_disk=self._fsync)
        if writing.size >= self._limits.segment_bytes:
            self._complete(lines.kind)
        while self.size > self._limits.spool_bytes and self._segments:
            self._remove_oldest(lost=True)

    def oldest(self) -> Lines | None:
        """Return what waits longest, a segment at most; ``None`` where nothing does. It stays until ``delivered``."""
        while self._head is None:
            if not self._segments:
                for kind in list(self._open):
                    self._complete(kind)
            if not self._segments:
                return None
            segment = self._segments[0]
            try:
                lines = read(segment)
            except OSError:
                self._remove_oldest(lost=True)
                continue
            if lines:
                self._head = segment, lines
            else:
                self._remove_oldest(lost=False)
        segment, lines = self._head
        return Lines(segment.kind, lines)

    def delivered(self, rest: list[bytes]) -> None:
        """Take note of what is left of the oldest segment; it is removed where nothing is.

        What was delivered of a segment is remembered in memory only: after a crash it is sent again as a whole.
        """
        if self._head is None:
            return
        if rest:
            self._head = self._head[0], rest
        else:
            self._remove_oldest(lost=False)

    def adopt(self) -> int:
        """Take over what processes have left that ended, and return how many events that was.

        Raises:
            OSError: the spool cannot be read.
        """
        adopted = 0
        if not self._parent.is_dir():
            return 0
        own = self._own_folder().path
        for paths in orphans(self._parent, own):
            for path in paths:
                segment = found(path)
                self._number += 1
                moved = own / name_of(self._number, segment.kind)
                path.rename(moved)
                self._segments.append(Segment(moved, segment.kind, segment.size, segment.events))
                adopted += segment.events
        return adopted

    def close(self) -> None:
        """Let go of the files; what waits in them is for whoever adopts them."""
        for kind in list(self._open):
            self._complete(kind)
        if self._folder is not None:
            self._folder.leave()
            self._folder = None

    def abandon(self) -> None:
        """Let go of the files in a process that was forked off: they are the other one's."""
        for one in self._open.values():
            one.abandon()
        if self._folder is not None:
            self._folder.abandon()

    def _own_folder(self) -> OwnFolder:
        if self._folder is None:
            self._folder = OwnFolder(self._parent)
        return self._folder

    def _complete(self, kind: Kind) -> None:
        segment = self._open.pop(kind).complete()
        self._segments.append(segment)

    def _remove_oldest(self, *, lost: bool) -> None:
        segment = self._segments.popleft()
        if lost:
            self.dropped += len(self._head[1]) if self._head else segment.events
        self._head = None
        with contextlib.suppress(OSError):
            segment.path.unlink()
