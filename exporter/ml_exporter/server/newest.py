"""The newest snapshot, and those who follow it."""

import threading
from collections.abc import Callable

from ml_exporter.snapshot import Snapshot


class SnapshotHolder:
    """Holds the newest snapshot; the pipeline replaces it as a whole, and tells whoever follows."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot
        self._followers: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self.ended = False
        """Whether no more snapshots come."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest one; ``None``: there is none yet."""
        return self._snapshot

    @snapshot.setter
    def snapshot(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot
        self._tell()

    def end(self) -> None:
        """Tell those who follow that no more snapshots come."""
        self.ended = True
        self._tell()

    def follow(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call ``told`` whenever there is a new snapshot, or will be none any more.

        Args:
            told: called in the thread that brings the snapshot: it must return at once, and fail never.

        Returns:
            What ends it.
        """
        with self._lock:
            self._followers.add(told)

        def leave() -> None:
            with self._lock:
                self._followers.discard(told)

        return leave

    def _tell(self) -> None:
        with self._lock:
            followers = tuple(self._followers)
        for told in followers:
            told()
