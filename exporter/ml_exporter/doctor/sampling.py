"""The newest events of a feed of files: from the ends of files of lines, from the beginnings of all others."""

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_exporter.feeds import FeedContext, PartlyUnreadable
from ml_exporter.feeds.compression import is_compressed
from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.file.discovery import FoundFile
from ml_exporter.feeds.file.position import HEAD, FilePosition
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.formats import Piece, Readers, UnreadableFile, format_by_name, formats

_ROWS = 1_000_000
"""So many rows at once: what bounds a sample is its size."""


@dataclass(frozen=True)
class Sample:
    """What was taken."""

    decoded: Decoded
    whole: bool
    """Whether it is all that there is."""

    unended: bool
    """Whether the newest file ends within a line."""


def take_sample(settings: FileFeedSettings, context: FeedContext, files: Sequence[FoundFile], most: int) -> Sample:
    """Take the events of the newest file, and of those before it that are of the same form.

    Args:
        settings: the feed's.
        context: of the feed.
        files: by when they were written to, at least one.
        most: so many bytes at most, about.

    Raises:
        PartlyUnreadable: the newest file cannot be read.
        OSError: likewise.
    """
    readers = Readers(settings, context)
    form: tuple[str, Hashable] | None = None
    parts: list[list[tuple[str, Piece]]] = []
    whole = True
    for file in reversed(files):
        format_ = settings.format or file.position.format or format_by_name(Path(file.position.path).name)
        try:
            taken = _take(readers, format_, file, most)
        except UnreadableFile as error:
            if not parts:
                raise PartlyUnreadable(f"{file.position.path} {error}") from None
            whole = False
            continue
        if most <= 0 or (form not in {None, taken.form} and taken.pieces):
            whole = False
            break
        form = form or taken.form
        parts.append([(file.position.path, piece) for piece in taken.pieces])
        whole = whole and taken.whole
        most -= sum(piece.size for piece in taken.pieces)
    decoded = readers.decode(form[0] if form else None, [part for own in reversed(parts) for part in own])
    return Sample(decoded, whole, _ends_within_a_line(files[-1]))


@dataclass(frozen=True)
class _Taken:
    form: tuple[str, Hashable]
    pieces: list[Piece]
    whole: bool


def _take(readers: Readers, format_: str, file: FoundFile, most: int) -> _Taken:
    path = file.position.path
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        fingerprint = formats()[format_].fingerprint
        if fingerprint is not None:
            fingerprint(descriptor, size)
        head = os.pread(descriptor, HEAD, 0)
        reader = readers.reader(path, format_, path, head)
        position = FilePosition(path, *file.position.identity)
        if fingerprint is None and not is_compressed(head) and size > most:
            position.offset, position.skipping = size - most, True
        whole = not position.skipping
        like = reader.like(descriptor, size)
        pieces: list[Piece] = []
        while most > 0:
            piece = reader.read(descriptor, size, position, _ROWS)
            pieces += [piece] if piece.rows else []
            most -= piece.size
            if piece.exhausted or not piece.advanced:
                return _Taken((format_, like), pieces, whole)
        return _Taken((format_, like), pieces, whole=False)
    finally:
        os.close(descriptor)


def _ends_within_a_line(file: FoundFile) -> bool:
    if not file.size:
        return False
    with open(file.position.path, "rb") as opened:  # noqa: PTH123 - the name of the file as it was found
        if is_compressed(opened.read(HEAD)) or format_by_name(Path(file.position.path).name) == "parquet":
            return False
        opened.seek(file.size - 1)
        return opened.read(1) != b"\n"
