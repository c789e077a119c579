"""What happens beside the batches: full runs become segments, segments are merged, files that are not needed go.

Files are written in a thread; what they mean is decided, and made durable, in a transaction of the ledger.
"""

import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import numpy as np
import structlog

from ml_exporter.ledger.interface import StoreError
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.facts import SegmentFact
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.layout import SUFFIX
from ml_exporter.ledger.segmented.loading import blocks_of, write_flag_blocks
from ml_exporter.ledger.segmented.memory import give_back
from ml_exporter.ledger.segmented.memory_run import MemoryRun
from ml_exporter.ledger.segmented.merging import GivenUp, Part, choose, merge
from ml_exporter.ledger.segmented.remedies import FULL
from ml_exporter.ledger.segmented.run import Run
from ml_exporter.ledger.segmented.segment_format import SegmentSource
from ml_exporter.ledger.segmented.segment_reading import SegmentContent, read_segment
from ml_exporter.ledger.segmented.segment_run import SegmentRun
from ml_exporter.ledger.segmented.segment_writing import write_segment
from ml_exporter.ledger.segmented.sizes import Sizes

Kind = Literal["flush", "merge"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Written:
    path: Path
    checksum: int
    content: SegmentContent


@dataclass(frozen=True)
class _Flush:
    """A run in memory on its way into a segment."""

    lane: Lane
    run: MemoryRun
    written: Future[_Written]


@dataclass(frozen=True)
class _Merge:
    """Segments on their way into one."""

    lane: Lane
    parts: list[Part]
    written: Future[_Written]


class Upkeep:
    """The upkeep of one store's lanes."""

    def __init__(self, folder: Path, sizes: Sizes, reached: Callable[[str], None], writer: Executor | None) -> None:
        """Take up the upkeep of the segments in a folder.

        Args:
            folder: of the segments.
            sizes: when rows move.
            reached: is told each point of the way at which a crash is interesting.
            writer: what writes, in order; None: a thread for runs and one for merges, which take longer.
        """
        self._folder = folder
        self._sizes = sizes
        self._reached = reached
        self._writers: dict[Kind, Executor] = {
            "flush": writer or ThreadPoolExecutor(1, thread_name_prefix="segments"),
            "merge": writer or ThreadPoolExecutor(1, thread_name_prefix="merged-segments"),
        }
        self._under_way: list[_Flush | _Merge] = []
        self._garbage: list[str] = []
        """Files that mean nothing any more once the transaction is on the disk."""

        self._published: list[str] = []
        """Files that mean something once it is."""

        self._orphans: list[str] = []
        """Files that a transaction which failed would have given a meaning."""

        self._failing = False
        self._stopping = Event()

    @property
    def needs_synchronous(self) -> bool:
        """Whether the next transaction must be on the disk before its files are deleted."""
        return bool(self._garbage or self._orphans) or any(task.written.done() for task in self._under_way)

    def start(self, lanes: Iterable[Lane], *, flush_all: bool = False) -> None:
        """Begin to write what should be written. After a transaction.

        Args:
            lanes: of the store.
            flush_all: whether runs become segments that are not full yet.
        """
        for lane in lanes:
            memory = [run for run in lane.runs if isinstance(run, MemoryRun)]
            full = memory if flush_all or lane.is_full else memory[:-1]
            flushing = [task.run for task in self._under_way if isinstance(task, _Flush)]
            for run in full:
                if run.rows and run not in flushing:
                    run.seal()
                    self._under_way.append(_Flush(lane, run, self._submit("flush", lane, run.first, run.source)))
            if not self._stopping.is_set() and not any(
                isinstance(task, _Merge) and task.lane is lane for task in self._under_way
            ):
                parts = choose(lane.runs, self._sizes)
                if parts:
                    self._under_way.append(_Merge(lane, parts, self._submit_merge(lane, parts)))

    def _submit(self, kind: Kind, lane: Lane, first: int, source: Callable[[], SegmentSource]) -> Future[_Written]:
        path = self._folder / f"{lane.name}-{first}-{secrets.token_hex(4)}{SUFFIX}"
        return self._writers[kind].submit(self._write, kind, path, source)

    def _submit_merge(self, lane: Lane, parts: list[Part]) -> Future[_Written]:
        return self._submit("merge", lane, parts[0].run.first, lambda: merge(parts, lane.owner, self._stopping))

    def _write(self, kind: Kind, path: Path, source: Callable[[], SegmentSource]) -> _Written:
        try:
            checksum = write_segment(path, source(), lambda: self._reached(f"{kind} half-written"))
            self._reached(f"{kind} written")
            return _Written(path, checksum, read_segment(path, checksum, verify=False))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            give_back()

    def wait_for_room(self, lanes: Iterable[Lane]) -> None:
        """Wait until no lane has too many runs in memory.

        Raises:
            StoreError: they cannot be written.
        """
        for lane in lanes:
            waiting = [task for task in self._under_way if isinstance(task, _Flush) and task.lane is lane]
            if len(waiting) > self._sizes.waiting_runs:
                error = waiting[0].written.exception()
                if error is not None:
                    self._under_way.remove(waiting[0])  # tried again after the next transaction
                    raise self._explained(error)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way)

    def wait(self) -> None:
        """Wait for what is under way.

        Raises:
            StoreError: something of it could not be written.
        """
        for task in self._under_way:
            error = task.written.exception()
            if error is not None:
                raise self._explained(error)

    def _explained(self, error: BaseException) -> StoreError:
        return StoreError(f"a segment could not be written in {self._folder} ({error}); {FULL}")

    def publish(self, database: Database) -> None:
        """Let what has been written take its place. Within a transaction that is on the disk when it ends."""
        for task in [task for task in self._under_way if task.written.done()]:
            if isinstance(task, _Flush) and task.run is not _first_in_memory(task.lane):
                continue  # the one before it has failed, and its rows come first
            self._under_way.remove(task)
            error = task.written.exception()
            if isinstance(error, GivenUp):
                continue
            if error is not None:
                self._tell(error)
                continue
            self._written_again()
            self._published.append(task.written.result().path.name)
            if isinstance(task, _Flush):
                self._publish_flush(task, task.written.result(), database)
            else:
                self._publish_merge(task, task.written.result())

    def _tell(self, error: BaseException) -> None:
        """Say that a segment could not be written, once until one can: it is tried again after each transaction."""
        if not self._failing:
            self._failing = True
            _log.warning("segment not written", folder=str(self._folder), error=str(error), remedy=FULL)

    def _written_again(self) -> None:
        if self._failing:
            self._failing = False
            _log.info("segments are written again", folder=str(self._folder))

    def _publish_flush(self, task: _Flush, written: _Written, database: Database) -> None:
        lane, run = task.lane, task.run
        lane.runs[lane.runs.index(run)] = SegmentRun(
            written.path.name, written.checksum, written.content, run.flags, run.ages, run.waiting
        )
        lane.facts.flushed = run.end
        database.delete_batches(lane.name, run.end)
        write_flag_blocks(lane, database, blocks_of(run))
        _note_segments(lane)

    def _publish_merge(self, task: _Merge, written: _Written) -> None:
        lane = task.lane
        present = [part.run for part in task.parts if part.run in lane.runs]
        if not present:
            self._garbage.append(written.path.name)
            return
        flags = np.concatenate([part.flags(gone=part.run not in present) for part in task.parts])
        ages = written.content.ages
        merged = SegmentRun(written.path.name, written.checksum, written.content, flags, ages, ages.copy())
        place = lane.runs.index(present[0])
        lane.runs = [run for run in lane.runs if run not in present]
        lane.runs.insert(place, merged)
        self._garbage += [run.name for run in present]
        _note_segments(lane)

    def drop_forgotten(self, lane: Lane, database: Database) -> None:
        """Let runs go of which nothing is remembered. Within a transaction."""
        memory = [run for run in lane.runs if isinstance(run, MemoryRun)]
        for run in [run for run in lane.runs if run.rows and not run.remembered]:
            if isinstance(run, SegmentRun):
                self._garbage.append(run.name)
            elif memory == [run] and not self._is_under_way(run):
                lane.facts.flushed = run.end
                database.delete_batches(lane.name, run.end)
            else:
                continue
            lane.runs.remove(run)
            write_flag_blocks(lane, database, blocks_of(run))
            _note_segments(lane)

    def _is_under_way(self, run: Run) -> bool:
        return any(isinstance(task, _Flush) and task.run is run for task in self._under_way)

    def sweep(self) -> None:
        """Delete files that are not needed. After a transaction that is on the disk."""
        for name in [*self._garbage, *self._orphans]:
            (self._folder / name).unlink(missing_ok=True)
        self._garbage, self._orphans, self._published = [], [], []

    def abandon(self) -> None:
        """Forget what is under way, and what a transaction that failed has published: the lanes are loaded again."""
        for task in self._under_way:
            task.written.add_done_callback(_delete)
        self._under_way = []
        self._orphans += self._published
        self._garbage, self._published = [], []

    def stop_merging(self) -> None:
        """Give up merges, for good: nothing is lost by it."""
        self._stopping.set()
        self._under_way = [task for task in self._under_way if isinstance(task, _Flush)]

    def close(self) -> None:
        """Wait for what is under way, and end the thread."""
        self._stopping.set()
        for writer in self._writers.values():
            writer.shutdown(wait=True, cancel_futures=True)


def _delete(written: Future[_Written]) -> None:
    if not written.cancelled() and written.exception() is None:
        written.result().path.unlink(missing_ok=True)


def _first_in_memory(lane: Lane) -> Run | None:
    return next((run for run in lane.runs if isinstance(run, MemoryRun)), None)


def _note_segments(lane: Lane) -> None:
    lane.facts.segments = [SegmentFact(run.name, run.checksum) for run in lane.runs if isinstance(run, SegmentRun)]
