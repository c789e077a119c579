"""The feed itself: batch after batch from the files of a glob."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding import EventDecoder, JsonLines
from ml_exporter.feeds.decoding.json_lines import lines_of
from ml_exporter.feeds.file.chunk import Chunk, Opened, read_chunk
from ml_exporter.feeds.file.discovery import FoundFile, discover
from ml_exporter.feeds.file.position import FilePosition, decode, encode
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, FeedError, Rejection

_SHOWN = 2000
"""Characters of an event that a rejection shows."""


def open_file_feed(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of files at a position."""
    return FileFeed(cast("FileFeedSettings", settings), context, position)


class FileFeed:
    """Reads the files of a glob, each from where it stands; see ``Feed``."""

    def __init__(self, settings: FileFeedSettings, context: FeedContext, position: bytes | None) -> None:
        self._settings = settings
        self._pattern = context.folder.resolve() / settings.path
        self._decoder = EventDecoder(settings, context)
        self._lines = JsonLines(self._decoder.fields, settings.fields)
        self._positions = decode(position)
        self._exhausted: dict[tuple[int, int], tuple[int, int]] = {}
        """Identity to size and modification time at which a file held no further complete line."""

    def read(self) -> Batch | None:
        """Return the next batch: complete lines of one file."""
        files, wrong = discover(self._pattern, self._positions)
        self._positions = [file.position for file in files]
        truncations = 0
        for file in files:
            if not self._has_more(file):
                continue
            try:
                with self._opened(file.position) as opened:
                    truncations += self._verify(opened, file.position)
                    chunk = read_chunk(opened, file.position)
            except OSError as error:
                wrong.append(f"{file.position.path} cannot be read ({error.strerror}); make it readable for this user")
                continue
            if chunk.exhausted:
                self._exhausted[file.position.identity] = (file.size, file.modified)
            if chunk.advanced:
                return self._batch(chunk, file.position, truncations, self._behind(files))
        if truncations:
            return self._batch(Chunk(), self._positions[0], truncations, behind=False)
        if wrong:
            raise FeedError("; ".join(wrong[:3]) + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""))
        return None

    def close(self) -> None:
        """Nothing is kept open between reads."""

    def _has_more(self, file: FoundFile) -> bool:
        """Tell whether a file may hold something new: it is longer, shorter or changed since it was exhausted."""
        if self._exhausted.get(file.position.identity) == (file.size, file.modified):
            return False
        return file.size != file.position.offset or file.position.identity not in self._exhausted

    def _behind(self, files: list[FoundFile]) -> bool:
        return any(file.size > file.position.offset and self._has_more(file) for file in files)

    @contextmanager
    def _opened(self, position: FilePosition) -> Iterator[Opened]:
        descriptor = os.open(position.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield Opened(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    @staticmethod
    def _verify(opened: Opened, position: FilePosition) -> int:
        """Make sure that the file is the one that was read; return 1 where its content was replaced."""
        head = opened.head()
        replaced = opened.size < position.offset or not position.fits(head)
        if replaced and position.head_length:
            position.restart()
            position.remember(head)
            return 1
        position.remember(head)
        return 0

    def _batch(self, chunk: Chunk, position: FilePosition, truncations: int, behind: bool) -> Batch:
        events, lines, problems = self._lines.decode(chunk.text)
        usable = self._decoder.decode(events)
        for row, problem in usable.problems.found.items():
            problems.found[lines[row]] = problem
        rejections = [
            Rejection("too_large", "is larger than 1 MiB; send less", f"{position.path}:{offset}", _text(line))
            for offset, line in chunk.too_large
        ]
        if problems.found:
            place = f"{position.path}:{chunk.offset}"
            texts = lines_of(chunk.text)
            rejections += [
                Rejection(reason, detail, f"{place}+{line}", _text(texts[line]))
                for line, (reason, detail) in sorted(problems.found.items())
            ]
        return Batch(
            feed=self._settings.name,
            events=usable.events,
            rejections=tuple(rejections),
            position=encode(self._positions),
            behind=behind,
            newest=usable.newest,
            truncations=truncations,
        )


def _text(line: bytes) -> str:
    return line[:_SHOWN].decode("utf-8", errors="replace")
