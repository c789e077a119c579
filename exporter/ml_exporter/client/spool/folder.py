"""A process's own folder within the spool, and the folders of processes that have ended.

Who owns a folder holds a lock on a file in it, which the operating system releases however the process ends. Whoever
gets a folder's lock may take its segments over: its owner is gone.
"""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from ml_exporter.client.spool.segment import number_of

_LOCK = "lock"
_ATTEMPTS = 10


class OwnFolder:
    """A folder that is this process's, as long as it lives."""

    def __init__(self, parent: Path) -> None:
        """Make one.

        Args:
            parent: the spool; it is made where it is missing.

        Raises:
            OSError: it cannot be made.
        """
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(_ATTEMPTS):
            self.path = parent / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
            self.path.mkdir(mode=0o700)
            lock = _lock(self.path, create=True)
            if lock is not None:
                self._lock = lock
                return
        raise OSError(f"no folder of {parent} can be locked; is it on a network share without locks?")

    def leave(self) -> None:
        """Let go of it; it is removed where nothing is in it but the lock."""
        _remove_if_empty(self.path)
        os.close(self._lock)

    def abandon(self) -> None:
        """Let go of it in a process that was forked off: it stays that of the other one."""
        os.close(self._lock)


def orphans(parent: Path, own: Path) -> Iterator[list[Path]]:
    """Yield the segments of each folder whose owner has ended, oldest first; it is locked meanwhile, then removed.

    Args:
        parent: the spool.
        own: the folder that is one's own.
    """
    for folder in sorted(parent.iterdir()):
        if folder == own or not folder.is_dir():
            continue
        with contextlib.suppress(OSError):  # somebody else was quicker
            lock = _lock(folder, create=False)
            if lock is None:
                continue
            try:
                yield sorted(path for path in folder.iterdir() if number_of(path) is not None)
                _remove_if_empty(folder)
            finally:
                os.close(lock)


def _lock(folder: Path, *, create: bool) -> int | None:
    """Return the descriptor of a folder's lock; ``None`` where another process has it.

    Raises:
        OSError: there is no such file, or it cannot be opened.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if os.fstat(descriptor).st_nlink == 0:  # removed between opening and locking
        os.close(descriptor)
        return None
    return descriptor


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        if [path.name for path in folder.iterdir()] == [_LOCK]:
            (folder / _LOCK).unlink()
            folder.rmdir()
