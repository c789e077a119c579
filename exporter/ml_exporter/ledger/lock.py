"""One process owns a store: a lock that the operating system lets go when the process dies, however it dies."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from ml_exporter.ledger.interface import StoreError


class StoreLock:
    """Holds the lock of a store's folder."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where it is missing, and lock it.

        Raises:
            StoreError: the folder cannot be written, or another process owns the store.
        """
        path = folder / "lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"the store {folder} cannot be written ({error.strerror}); make the folder writable for this user,"
                " or set store.path to one that is"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise StoreError(
                f"the store {folder} is locked by another exporter (process {owner}); stop that one, or give this one"
                " a store.path of its own"
            ) from None
        self._sign()

    def _sign(self) -> None:
        """Leave this process's number for those whom the lock keeps out; on a full disk they are told none."""
        with suppress(OSError):
            os.ftruncate(self._file.fileno(), 0)
            os.write(self._file.fileno(), str(os.getpid()).encode())

    def release(self) -> None:
        """Give the store up."""
        self._file.close()
