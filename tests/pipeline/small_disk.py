"""A disk of a few megabytes, or one that can be read only: a mount that only the process within sees."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

FILLER = "filler"


def _alone(folder: Path, options: str) -> Sequence[str]:
    """Return the command before a command that is to see a mount over a folder; skip where nobody may mount."""
    folder.mkdir(exist_ok=True)
    script = f'mount {options} "$0" && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(folder)]
    try:
        tried = subprocess.run([*command, "true"], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if tried.returncode:
        pytest.skip(f"this machine lets nobody mount: {tried.stderr.strip()}")
    return command


def small_disk(folder: Path, size: int, filled: int) -> Sequence[str]:
    """Return what puts a command onto a disk of so many bytes, so many of which are taken by a file."""
    command = _alone(folder, f"-t tmpfs -o size={size} tmpfs")
    fill = f'head -c {filled} /dev/zero > "$0/{FILLER}"; exec "$@"'
    return [*command, "sh", "-c", fill, str(folder)]


def read_only(folder: Path) -> Sequence[str]:
    """Return what lets a command only read a folder."""
    return _alone(folder, "-t tmpfs -o ro tmpfs")


def free(process: int, folder: Path) -> None:
    """Delete the file that takes up the small disk which a process sees."""
    Path(f"/proc/{process}/root{folder}/{FILLER}").unlink()
