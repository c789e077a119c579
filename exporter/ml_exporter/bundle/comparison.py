"""What writing a bundle would change, and what an earlier one has left behind."""

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ml_exporter.bundle.generated import MARK, GeneratedFile, origin

TAG = "ml-exporter"
"""The tag of our dashboards, which JSON has no other place for."""


def differences(files: Iterable[GeneratedFile], out: Path, source: str) -> Iterator[str]:
    """Yield the lines of a unified diff from what lies in a folder to a bundle, files that are left over included.

    Args:
        files: of the bundle.
        out: the folder.
        source: the name of the configuration file.
    """
    made = list(files)
    for one in made:
        path = out / one.path
        present = path.read_text(encoding="utf-8") if path.is_file() else ""
        yield from _changes(one.path, present, one.text)
    for path in left_over(made, out, source):
        yield from _changes(str(path.relative_to(out)), path.read_text(encoding="utf-8"), "")


def _changes(name: str, before: str, after: str) -> Iterator[str]:
    yield from difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{name} (present)" if before else "/dev/null",
        f"{name} (made)" if after else "/dev/null",
    )


def left_over(files: Iterable[GeneratedFile], out: Path, source: str) -> list[Path]:
    """Return what an earlier bundle of this configuration wrote into the same folders, and this one does not have.

    Args:
        files: of the bundle.
        out: the folder that it is written into.
        source: the name of the configuration file; what was made from another one is left alone.
    """
    made = {out / one.path for one in files}
    folders = {path.parent for path in made if path.parent != out}
    beside = {path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()}
    return sorted(path for path in beside - made if _is_of(path, source))


def _is_of(path: Path, source: str) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return TAG in json.loads(text).get("tags", [])
    except (UnicodeDecodeError, ValueError, AttributeError):
        return False
    return f"{MARK}; " in text or origin(source) in text
