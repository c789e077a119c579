"""Ledgers that fail, or that are looked at, at any one step."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ml_exporter.ledger import Ledger, StoreError


class Watched:
    """A ledger that tells each step before it takes it: the begin of a transaction, every call in it, its commit.

    The first transaction, in which an engine takes up its work, is passed over.
    """

    def __init__(self, ledger: Ledger, step: Callable[[], None]) -> None:
        self._ledger = ledger
        self._tell = step
        self._restored = False

    def _step(self) -> None:
        if self._restored:
            self._tell()

    @contextmanager
    def transaction(self, **options: Any) -> Iterator[None]:
        self._step()
        with self._ledger.transaction(**options):
            yield
            self._step()
        self._restored = True

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)

        def told(*arguments: Any, **options: Any) -> Any:
            self._step()
            return method(*arguments, **options)

        return told


class FailAt:
    """Fails at the nth step, counted from 0; ``reached`` tells whether there were so many."""

    def __init__(self, number: int, error: Exception | None = None) -> None:
        self._left = number
        self._error = error or StoreError("the disk is full")

    @property
    def reached(self) -> bool:
        """Tell whether the step came."""
        return self._left < 0

    def __call__(self) -> None:
        """Take a step."""
        self._left -= 1
        if self._left == -1:
            raise self._error


class Photographer:
    """Copies a store at each step that changed its files: what a ``kill -9`` at that moment leaves behind."""

    def __init__(self, store: Path, album: Path) -> None:
        self._store = store
        self._album = album
        self._seen: list[bytes] = []
        self.copies: list[Path] = []

    def __call__(self) -> None:
        """Take a picture."""
        content = [
            file.read_bytes() for file in sorted(self._store.glob("ledger.sqlite*")) if file.suffix[-4:] != "-shm"
        ]
        if content != self._seen:
            self._seen = content
            copy = self._album / str(len(self.copies))
            copy_store(self._store, copy)
            self.copies.append(copy)


def copy_store(store: Path, copy: Path) -> None:
    """Copy what survives a process: its files, without its lock and its shared memory."""
    shutil.copytree(store, copy, ignore=shutil.ignore_patterns("lock", "*-shm"))
