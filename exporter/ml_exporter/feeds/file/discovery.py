"""Which files there are now, and which of them are those that were read before."""

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml_exporter.feeds.file.position import FilePosition
from ml_exporter.feeds.file.reach import Reach, fixed_part, names
from ml_exporter.feeds.interface import FeedError

_Identity = tuple[int, int]
_GONE = {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True)
class FoundFile:
    """A file that is there."""

    position: FilePosition
    size: int
    modified: int
    """Nanoseconds since the epoch."""

    matches: bool
    """Whether the glob names it; otherwise rotation has moved it out of the glob."""


@dataclass
class Discovery:
    """What a look at the folders has found."""

    files: list[FoundFile] = field(default_factory=list)
    """The files to read from: those known first, in the order in which they were begun, then new ones by name."""

    positions: list[FilePosition] = field(default_factory=list)
    """Of these files, and of known ones that cannot be looked at for now."""

    wrong: list[str] = field(default_factory=list)
    """What is wrong with other files, each as a sentence with its remedy."""


def discover(folder: Path, pattern: str, known: list[FilePosition], links_into: Sequence[str] = ()) -> Discovery:
    """Find the files of a glob, and those read before that rotation has moved out of it.

    Nothing is opened: a poll of files that stand still costs a stat for each.

    Args:
        folder: where a relative pattern starts.
        pattern: the glob.
        known: files that were read before, in the order in which they were begun. Their paths are brought up to
            date. Those that are gone are not among the positions that are returned.
        links_into: folders, beside that of the pattern, that links may lead into.

    Raises:
        FeedError: the folder is not there or cannot be listed.
    """
    _require_folder(folder, pattern)
    look = _Look(known, Reach(folder, pattern, links_into))
    for path in sorted(names(folder, pattern)):
        look.at(os.path.join(folder, path), matches=True)  # noqa: PTH118 - thousands of paths a second
    look.for_moved(position for position in known if not look.has_seen(position))
    positions = [position for position in known if look.has_seen(position)]
    positions += [file.position for file in look.found.values() if file.position.identity not in look.known]
    files = [look.found[position.identity] for position in positions if position.identity in look.found]
    return Discovery(files, positions, look.wrong)


class _Look:
    """One look around; collects what it finds."""

    def __init__(self, known: list[FilePosition], reach: Reach) -> None:
        self._reach = reach
        self.known = {position.identity: position for position in known}
        self.found: dict[_Identity, FoundFile] = {}
        self.wrong: list[str] = []
        self._known_paths = {position.path: position.identity for position in known}
        self._hidden: set[_Identity] = set()
        """Known files that are there but cannot be looked at for now."""

    def has_seen(self, position: FilePosition) -> bool:
        """Tell whether a known file is still there, as far as one can tell."""
        return position.identity in self.found or position.identity in self._hidden

    def at(self, path: str, *, matches: bool) -> None:
        """Look at a file."""
        try:
            path.encode()
        except UnicodeEncodeError:
            self.wrong.append(f"the name of {path!r} is no UTF-8; rename the file")
            return
        try:
            status = self._status(path)
        except OSError as error:
            self._cannot_look_at(path, error)
            return
        if status is None:
            return
        if not stat.S_ISREG(status.st_mode):
            self.wrong.append(f"{path} is no regular file; a feed reads regular files only: narrow its path")
            return
        identity = (status.st_dev, status.st_ino)
        if identity in self.found:
            return  # a second name of the same file
        position = self.known.get(identity) or FilePosition(path, *identity)
        position.path = path
        self.found[identity] = FoundFile(position, status.st_size, status.st_mtime_ns, matches)

    def _status(self, path: str) -> os.stat_result | None:
        """Return the status of the file that a path leads to; ``None`` where that is out of the feed's reach.

        Raises:
            OSError: it cannot be looked at.
        """
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - thousands of paths a second
        if stat.S_ISLNK(status.st_mode):
            real = os.path.realpath(path)
            status = os.stat(real, follow_symlinks=False)  # noqa: PTH116 - as above
            reached = self._reach.holds(real)
        else:
            reached = self._reach.holds_folder_of(path)
        if not reached:
            self.wrong.append(
                f"a link leads from {path} out of the feed's folder; move the file into it, or name the folder that it"
                " lies in under links_into"
            )
        return status if reached else None

    def _cannot_look_at(self, path: str, error: OSError) -> None:
        if error.errno in _GONE and not os.path.islink(path):  # noqa: PTH114 - as the others here
            return  # it went between two looks
        if path in self._known_paths and error.errno not in _GONE:
            self._hidden.add(self._known_paths[path])
        self.wrong.append(f"{path} cannot be looked at ({error.strerror}); make it accessible, or remove it")

    def for_moved(self, missing: Iterable[FilePosition]) -> None:
        """Look for known files under the name that they were moved to, in the folder where they were."""
        listings: dict[str, dict[int, list[str]] | None] = {}
        for position in missing:
            if _identity(position.path) == position.identity:  # moved before, and there since
                self.at(position.path, matches=False)
                continue
            for folder in _folders(position.path):
                if folder not in listings:
                    listings[folder] = _names_by_inode(folder)
                listing = listings[folder]
                if listing is None:
                    self._hidden.add(position.identity)
                    continue
                for name in listing.get(position.inode, ()):
                    if _identity(name) == position.identity:
                        self.at(name, matches=False)


def _names_by_inode(folder: str) -> dict[int, list[str]] | None:
    """List a folder; ``None`` where it is there but cannot be listed."""
    names: dict[int, list[str]] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.setdefault(entry.inode(), []).append(entry.path)
    except OSError as error:
        return {} if error.errno in _GONE else None
    return names


def _folders(path: str) -> list[str]:
    """Return the folders that rotation may have moved a file within: of its name, and of what a link leads to."""
    return list(dict.fromkeys((os.path.dirname(path), os.path.dirname(os.path.realpath(path)))))  # noqa: PTH120


def _identity(path: str) -> _Identity | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _require_folder(folder: Path, pattern: str) -> None:
    """Raise where the fixed part of the pattern is no folder that can be listed: an empty glob would hide it."""
    fixed = fixed_part(pattern)
    try:
        with os.scandir(folder / fixed):
            pass
    except OSError as error:
        raise FeedError(
            f"the folder {folder / fixed} cannot be listed ({error.strerror});"
            " make it, let this user read it, or correct the feed's path"
        ) from None
