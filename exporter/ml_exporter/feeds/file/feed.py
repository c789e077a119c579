"""The feed itself: batch after batch from the files of a glob."""

import os
from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding import JsonEvents
from ml_exporter.feeds.file.chunk import read_chunk
from ml_exporter.feeds.file.discovery import FoundFile, discover
from ml_exporter.feeds.file.gathering import Gathering
from ml_exporter.feeds.file.position import HEAD, FilePosition, decode, encode
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, FeedError

_TOLD = 3
"""So many files that cannot be read are named in one message."""


def open_file_feed(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of files at a position.

    Raises:
        FeedError: the position is none of files.
    """
    return FileFeed(cast("FileFeedSettings", settings), context, position)


class FileFeed:
    """Reads the files of a glob, each from where it stands; see ``Feed``."""

    def __init__(self, settings: FileFeedSettings, context: FeedContext, position: bytes | None) -> None:
        self._settings = settings
        self._folder = context.folder.resolve()
        self._events = JsonEvents(settings, context)
        self._positions = decode(position)
        self._exhausted: dict[tuple[int, int], tuple[int, int]] = {}
        """Identity to size and modification time at which a file held no further complete line."""

    def read(self) -> Batch | None:
        """Return the next batch: lines of the first file that has any, and of those behind it as far as they fit.

        A file that cannot be read is told only when there is nothing to read in the others.
        """
        found = discover(self._folder, self._settings.path, self._positions, self._settings.links_into)
        self._positions = found.positions
        here = {file.position.identity for file in found.files}
        self._exhausted = {file: state for file, state in self._exhausted.items() if file in here}
        gathering, wrong = Gathering(), found.wrong
        for file in found.files:
            if not gathering.room:
                break
            try:
                self._gather(file, gathering)
            except FileNotFoundError:
                pass  # it was moved or removed since it was found: the next look tells
            except OSError as error:
                wrong.append(f"{file.position.path} cannot be read ({error.strerror}); let this user read it")
        if gathering.worth_a_batch:
            return self._batch(gathering, found.files)
        if wrong:
            further = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            raise FeedError("; ".join(wrong[:_TOLD]) + further)
        return None

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _gather(self, file: FoundFile, gathering: Gathering) -> None:
        """Read the next lines of a file."""
        if not self._may_have_more(file):
            return
        # A pipe that has taken the file's name since it was found must not block the thread.
        descriptor = os.open(file.position.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) != file.position.identity:
                return  # another file has taken its name since it was found: the next look tells them apart
            if not self._is_the_same(file, os.pread(descriptor, HEAD, 0), status.st_size, gathering):
                return
            begun = file.position.offset
            chunk = read_chunk(descriptor, status.st_size, file.position, gathering.room)
            gathering.bytes_read += file.position.offset - begun
        finally:
            os.close(descriptor)
        gathering.add(file.position.path, chunk)
        if chunk.exhausted:
            self._exhausted[file.position.identity] = (file.size, file.modified)

    def _is_the_same(self, file: FoundFile, head: bytes, size: int, gathering: Gathering) -> bool:
        """Find out whether this is still the file that was read; begin anew where its content is another one.

        Returns:
            Whether it is to be read at all: a moved file whose content is another one is only a reused inode.
        """
        position = file.position
        shorter = size < position.offset
        if shorter or not position.fits(head):
            if not file.matches:
                self._positions.remove(position)
                return False
            gathering.truncations += shorter
            position.restart()
        position.remember(head)
        return True

    def _may_have_more(self, file: FoundFile) -> bool:
        """Tell whether a file has changed since it was read to its end."""
        return self._exhausted.get(file.position.identity) != (file.size, file.modified)

    def _batch(self, gathering: Gathering, files: list[FoundFile]) -> Batch:
        decoded = gathering.decode(self._events)
        return Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=encode(self._positions),
            behind=any(self._is_behind(file.position, file) for file in files),
            newest=decoded.newest,
            truncations=gathering.truncations,
            bytes_read=gathering.bytes_read,
            bytes_left=sum(max(0, file.size - file.position.offset) for file in files),
        )

    def _is_behind(self, position: FilePosition, file: FoundFile) -> bool:
        return file.size != position.offset and self._may_have_more(file)
