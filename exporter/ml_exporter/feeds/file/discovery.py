"""Which files there are now, and which of them are those that were read before."""

import glob
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ml_exporter.feeds.file.position import FilePosition, find_renamed
from ml_exporter.feeds.interface import FeedError


@dataclass(frozen=True)
class FoundFile:
    """A file that is there."""

    position: FilePosition
    size: int
    modified: int
    """Nanoseconds."""


def discover(pattern: Path, known: list[FilePosition]) -> tuple[list[FoundFile], list[str]]:
    """Find the files of a glob, and those read before that rotation has moved out of it.

    Args:
        pattern: the glob, absolute.
        known: files that were read before, in the order in which they were begun. Their paths are brought up to
            date.

    Returns:
        The files to read from, those known first and new ones by name; and what is wrong with others.

    Raises:
        FeedError: the folder is not there or cannot be listed.
    """
    _require_folder(pattern)
    by_identity = {position.identity: position for position in known}
    found: dict[tuple[int, int], FoundFile] = {}
    wrong: list[str] = []
    for path in sorted(glob.glob(str(pattern))):  # noqa: PTH207 - an absolute pattern, which Path.glob refuses
        _look_at(path, by_identity, found, wrong)
    for position in known:
        if position.identity not in found:
            renamed = find_renamed(position)
            if renamed is not None:
                _look_at(renamed, by_identity, found, wrong)
    order = {position.identity: index for index, position in enumerate(known)}
    files = sorted(found.values(), key=lambda file: order.get(file.position.identity, len(order)))
    return files, wrong


def _require_folder(pattern: Path) -> None:
    """Raise where the fixed part of the pattern is no folder that can be listed: an empty glob would hide it."""
    fixed = pattern.parent
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    try:
        with os.scandir(fixed):
            pass
    except OSError as error:
        raise FeedError(
            f"the folder {fixed} cannot be listed ({error.strerror}); make it, or correct the feed's path"
        ) from None


def _look_at(
    path: str,
    by_identity: dict[tuple[int, int], FilePosition],
    found: dict[tuple[int, int], FoundFile],
    wrong: list[str],
) -> None:
    try:
        status = Path(path).stat()
    except OSError as error:
        wrong.append(f"{path} cannot be looked at ({error.strerror}); correct or remove it")
        return
    if not stat.S_ISREG(status.st_mode):
        wrong.append(f"{path} is no regular file; a feed reads files only: narrow its path")
        return
    identity = (status.st_dev, status.st_ino)
    position = by_identity.get(identity) or FilePosition(path, *identity)
    position.path = path
    found.setdefault(identity, FoundFile(position, status.st_size, status.st_mtime_ns))
