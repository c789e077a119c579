"""The feed itself: batch after batch from the files of a glob."""

import os
from pathlib import PurePath
from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.file.discovery import FoundFile, discover
from ml_exporter.feeds.file.position import HEAD, FilePosition, decode, encode
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.formats import Gathering, Readers, UnfinishedFile, UnreadableFile, format_by_name, formats
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, PartlyUnreadable

_TOLD = 3
"""So many files that cannot be read are named in one message."""

_UNFINISHED_FOR = 60.0
"""Seconds that a file may be incomplete before somebody is told: it is being written."""


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
        self._context = context
        self._folder = context.folder.resolve()
        self._positions = decode(position)
        self._readers = Readers(settings, context)
        self._exhausted: dict[tuple[int, int], tuple[int, int]] = {}
        """Identity to size and modification time at which a file held no further complete row."""

        self._unreadable: dict[tuple[int, int], tuple[int, int, str]] = {}
        """Identity to size and modification time at which a file could not be read, and why."""

    def read(self) -> Batch | None:
        """Return the next batch: rows of the first file that has any, and of those behind it as far as they fit.

        A file that cannot be read is told only when there is nothing to read in the others.
        """
        found = discover(self._folder, self._settings.path, self._positions, self._settings.links_into)
        self._positions = found.positions
        here = {file.position.identity for file in found.files}
        self._exhausted = {file: state for file, state in self._exhausted.items() if file in here}
        self._unreadable = {file: state for file, state in self._unreadable.items() if file in here}
        self._readers.keep(here)
        gathering, wrong = Gathering(), found.wrong
        for file in found.files:
            if not gathering.room or not self._try_to_gather(file, gathering, wrong):
                break
        if gathering.worth_a_batch:
            return self._batch(gathering, found.files)
        if wrong:
            further = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            raise PartlyUnreadable("; ".join(wrong[:_TOLD]) + further)
        return None

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _try_to_gather(self, file: FoundFile, gathering: Gathering, wrong: list[str]) -> bool:
        """Gather, and take down what is wrong with a file: it stops no other."""
        try:
            return self._gather(file, gathering)
        except FileNotFoundError:
            pass  # it was moved or removed since it was found: the next look tells
        except UnfinishedFile as error:
            if self._context.clock.now() - file.modified / 1e9 > _UNFINISHED_FOR:
                wrong.append(f"{file.position.path} {error}")
        except UnreadableFile as error:
            self._readers.forget(file.position.identity)
            self._unreadable[file.position.identity] = (file.size, file.modified, str(error))
            wrong.append(f"{file.position.path} {error}")
        except OSError as error:
            wrong.append(f"{file.position.path} cannot be read ({error.strerror}); let this user read it")
        return True

    def _gather(self, file: FoundFile, gathering: Gathering) -> bool:
        """Read the next rows of a file.

        Returns:
            Whether those of files behind it may be gathered, too.
        """
        if not self._may_have_more(file):
            return True
        *state, problem = self._unreadable.get(file.position.identity, (0, 0, ""))
        if problem and state == [file.size, file.modified]:
            raise UnreadableFile(problem)
        # A pipe that has taken the file's name since it was found must not block the thread.
        descriptor = os.open(file.position.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) != file.position.identity:
                return True  # another file has taken its name since it was found: the next look tells them apart
            self._settle_format(file.position)
            head = os.pread(descriptor, HEAD, 0)
            fingerprint = formats()[file.position.format].fingerprint
            known_by = head if fingerprint is None else fingerprint(descriptor, status.st_size)
            if not self._is_the_same(file, known_by, status.st_size, gathering):
                return True
            return self._read_further(file, descriptor, head, status.st_size, gathering)
        finally:
            os.close(descriptor)

    def _read_further(self, file: FoundFile, descriptor: int, head: bytes, size: int, gathering: Gathering) -> bool:
        """Read the next rows of a file that is open, unless they cannot be decoded with those that are there."""
        position = file.position
        if position.taken == size:
            self._exhausted[position.identity] = (file.size, file.modified)
            return True
        reader = self._readers.reader(position.identity, position.format, position.path, head)
        like = reader.like(descriptor, size)
        if not gathering.takes(position.format, like):
            return False
        begun = position.taken
        piece = reader.read(descriptor, size, position, gathering.room)
        gathering.add(position.path, piece, position.format, like)
        gathering.bytes_read += position.taken - begun
        if piece.exhausted:
            self._exhausted[position.identity] = (file.size, file.modified)
        return True

    def _settle_format(self, position: FilePosition) -> None:
        """Decide what a file's format is, once; begin anew where it is read in another one now."""
        format_ = self._settings.format or position.format or format_by_name(PurePath(position.path).name)
        if position.format not in {"", format_}:
            self._restart(position)
        position.format = format_

    def _restart(self, position: FilePosition) -> None:
        position.restart()
        self._readers.forget(position.identity)

    def _is_the_same(self, file: FoundFile, known_by: bytes, size: int, gathering: Gathering) -> bool:
        """Find out whether this is still the file that was read; begin anew where its content is another one.

        Returns:
            Whether it is to be read at all: a moved file whose content is another one is only a reused inode.
        """
        position = file.position
        shorter = size < position.taken
        if shorter or not position.fits(known_by):
            if not file.matches:
                self._positions.remove(position)
                return False
            gathering.truncations += shorter
            self._restart(position)
        position.remember(known_by)
        return True

    def _may_have_more(self, file: FoundFile) -> bool:
        """Tell whether a file has changed since it was read to its end."""
        return self._exhausted.get(file.position.identity) != (file.size, file.modified)

    def _batch(self, gathering: Gathering, files: list[FoundFile]) -> Batch:
        decoded = gathering.decode(self._readers)
        return Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=encode(self._positions),
            behind=any(self._is_behind(file.position, file) for file in files),
            newest=decoded.newest,
            truncations=gathering.truncations,
            bytes_read=gathering.bytes_read,
            bytes_left=sum(max(0, file.size - file.position.taken) for file in files),
        )

    def _is_behind(self, position: FilePosition, file: FoundFile) -> bool:
        return file.size != position.taken and self._may_have_more(file)
