"""The ledger that runs in production: each batch in SQLite first, recent rows in memory, older ones in segments."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import structlog

from ml_exporter.ledger.interface import (
    NO_CORRECTIONS,
    CorrectionWindows,
    Joined,
    LabelRows,
    PredictionRows,
    StoreError,
)
from ml_exporter.ledger.lock import StoreLock
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.expiry import expire_labels, expire_predictions
from ml_exporter.ledger.segmented.joining_labels import join_labels
from ml_exporter.ledger.segmented.joining_predictions import join_predictions
from ml_exporter.ledger.segmented.layout import DATABASE, RESTORING, SEGMENTS, SUFFIX
from ml_exporter.ledger.segmented.memory_run import MemoryRun
from ml_exporter.ledger.segmented.silence import assume
from ml_exporter.ledger.segmented.sizes import Sizes
from ml_exporter.ledger.segmented.tables import Tables
from ml_exporter.ledger.segmented.upkeep import Upkeep

_WORTH_A_SEGMENT = 8
"""On closing, a run becomes a segment when it is filled to one part in so many: reading it again would take longer."""

_log = structlog.get_logger(__name__)


def _unheard(_point: str) -> None:
    """Do nothing: nobody waits for points of the way."""


class SegmentedLedger:
    """A ledger in a folder; see ``Ledger`` for what its methods promise."""

    def __init__(
        self,
        folder: Path,
        sizes: Sizes | None = None,
        reached: Callable[[str], None] = _unheard,
        writer: Executor | None = None,
    ) -> None:
        """Open the store in ``folder``, or make it.

        Args:
            folder: of the store.
            sizes: when rows move; tests make them small.
            reached: is told each point of the way at which a crash is interesting; tests crash there.
            writer: what writes segments, one after the other; None: threads.

        Raises:
            StoreError: it cannot be used, it is damaged, or another process owns it.
        """
        self._folder = folder
        self._segments = folder / SEGMENTS
        self._sizes = sizes or Sizes()
        self._reached = reached
        self._lock = StoreLock(folder)
        try:
            if (folder / RESTORING).exists():
                raise StoreError(f"the store {folder} is half restored; run ml-exporter store restore again")
            self._database = Database(folder / DATABASE)
            try:
                self._make_folder()
                self._tables: Tables | None = None
                self._tables = Tables(self._database, self._segments, self._sizes, reached, verify=True)
                self._delete_orphans()
            except BaseException:
                self._database.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._upkeep = Upkeep(self._segments, self._sizes, reached, writer)

    def _make_folder(self) -> None:
        try:
            self._segments.mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the store {self._folder} cannot be written ({error.strerror}); make the folder writable for this user"
            ) from None

    def _delete_orphans(self) -> None:
        """Delete segments that a crash has left behind before they meant anything, or after they did."""
        known = {fact.file for lane in self._loaded().facts.lanes.values() for fact in lane.segments}
        for path in self._segments.glob(f"*{SUFFIX}"):
            if path.name not in known:
                path.unlink()

    def _loaded(self) -> Tables:
        """Return the tables; they are loaded again after a transaction that failed."""
        if self._tables is None:
            self._tables = Tables(self._database, self._segments, self._sizes, self._reached, verify=False)
        return self._tables

    @contextmanager
    def transaction(self, *, acknowledged: bool = False) -> Iterator[None]:
        """Make everything within durable together, or nothing of it."""
        tables = self._loaded()
        self._upkeep.wait_for_room(tables.lanes)
        synchronous = acknowledged or self._upkeep.needs_synchronous
        try:
            with self._database.transaction(synchronous=synchronous):
                if synchronous:
                    self._upkeep.publish(self._database)
                yield
                for lane in tables.lanes:
                    self._upkeep.drop_forgotten(lane, self._database)
                tables.store()
                self._reached("before commit")
        except BaseException:
            self._tables = None
            self._upkeep.abandon()
            raise
        self._reached("after commit")
        if synchronous:
            self._upkeep.sweep()
            self._reached("after sweep")
        self._upkeep.start(tables.lanes)

    def add_predictions(self, rows: PredictionRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept predictions and join them with labels that came before them."""
        return join_predictions(self._loaded(), rows, corrections)

    def add_labels(self, rows: LabelRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept labels and join them with predictions that came before them."""
        return join_labels(self._loaded(), rows, corrections)

    def assume_labels(self, model: int, before: float, actual: str, after: float, limit: int | None = None) -> Joined:
        """Judge by silence the predictions made before a time that no label has reached."""
        return assume(self._loaded(), model, before, actual, after, limit)

    def expire_predictions(self, model: int, before: float) -> Mapping[int, int]:
        """Forget a model's predictions made before a time; return the pending ones by series."""
        return expire_predictions(self._loaded(), model, before)

    def expire_labels(self, before: float) -> None:
        """Forget labels that are older than a time."""
        expire_labels(self._loaded(), before)

    def unmatched_labels(self) -> int:
        """Return how many remembered labels have not met a prediction."""
        return self._loaded().facts.unmatched

    def pending(self) -> Mapping[int, int]:
        """Return overall series to the number of predictions that wait for a label."""
        return self._loaded().pending

    def write(self, name: str, content: bytes | None) -> None:
        """Keep ``content`` under a name; ``None`` forgets it."""
        self._loaded().write(name, content)

    def read(self, name: str) -> bytes | None:
        """Return what was written under a name."""
        return self._database.read_state(name)

    def read_all(self, prefix: str) -> dict[str, bytes]:
        """Return everything that was written under names with a prefix."""
        return self._database.read_states(prefix)

    def flush(self) -> None:
        """Put every row into segments, merge what should be merged, and wait until that is done.

        Raises:
            StoreError: it could not be written.
        """
        self._upkeep.start(self._loaded().lanes, flush_all=True)
        self.settle()

    def settle(self) -> None:
        """Wait for what is being written, and let it take its place."""
        while self._upkeep.is_busy:
            self._upkeep.wait()
            with self.transaction(acknowledged=True):
                pass

    def close(self) -> None:
        """Close the store so that it opens quickly, and give up its lock."""
        try:
            if self._tables is not None:
                self._make_ready(self._tables)
        except StoreError as error:
            _log.warning("store not settled: it opens more slowly, nothing is lost", error=str(error))
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the store as it is; nothing that has been committed is lost."""
        self._upkeep.close()
        self._database.close()
        self._lock.release()

    def _make_ready(self, tables: Tables) -> None:
        """Spare the next start what it would have to read again."""
        self._upkeep.stop_merging()
        filled = any(
            run.rows * _WORTH_A_SEGMENT >= run.capacity
            for lane in tables.lanes
            for run in lane.runs
            if isinstance(run, MemoryRun)
        )
        if filled:
            self._upkeep.start(tables.lanes, flush_all=True)
            self._upkeep.wait()
        if filled or tables.changes.rows * _WORTH_A_SEGMENT >= self._sizes.kept_changes:
            with self.transaction(acknowledged=True):
                tables.write_flags()
