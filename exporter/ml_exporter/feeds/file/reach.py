"""Which files a feed may read: those below its own folder, and those that links lead to in folders that it names.

Whoever may write into the folder could else make the exporter read any file that it may read itself, by a link, and
find its beginning in the log and among the dead letters.
"""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path


def fixed_part(pattern: str) -> Path:
    """Return the folder that a glob begins with, before anything in it that stands for several names."""
    fixed = Path(pattern).parent
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    return fixed


def names(folder: Path, pattern: str) -> Iterable[str]:
    """Return what a glob matches, hidden files left out. Its ``**`` follows no links: they could lead in circles.

    Args:
        folder: where a relative pattern starts.
        pattern: the glob.
    """
    if "**" not in pattern:
        return glob.glob(pattern, root_dir=folder)  # noqa: PTH207 - Path.glob refuses absolute patterns
    fixed = folder / fixed_part(pattern)
    rest = str(Path(pattern).relative_to(fixed_part(pattern)))
    found = (path for path in fixed.glob(rest) if "/." in f"/{rest}" or not _is_hidden(path.relative_to(fixed)))
    return map(str, found)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


class Reach:
    """Knows during one look around which paths may be read."""

    def __init__(self, folder: Path, pattern: str, links_into: Sequence[str]) -> None:
        """Resolve the folders.

        Args:
            folder: where relative paths start.
            pattern: the feed's glob.
            links_into: further folders that links may lead into.
        """
        own = (str(fixed_part(pattern)), *links_into)
        self._allowed = [_resolved(os.path.join(folder, path)) for path in own]  # noqa: PTH118 - see ``discover``
        self._known: dict[str, bool] = {}
        """Folder to whether it lies within those that are allowed."""

    def holds_folder_of(self, path: str) -> bool:
        """Tell whether the folder that a path names is one of those that may be read, wherever links lead."""
        folder = os.path.dirname(path)  # noqa: PTH120 - as above
        if folder not in self._known:
            self._known[folder] = self.holds(_resolved(folder))
        return self._known[folder]

    def holds(self, real: str) -> bool:
        """Tell whether a path without links lies within the folders that may be read."""
        return any(real == allowed or real.startswith(f"{allowed.rstrip('/')}/") for allowed in self._allowed)


def _resolved(path: str) -> str:
    return os.path.realpath(path)
