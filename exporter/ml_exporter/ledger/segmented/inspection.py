"""What a store holds, and whether all of it is as it was written. An exporter may own the store, and go on."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml_exporter.ledger.interface import DamagedStore, StoreError
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.label_lane import NAME as LABELS
from ml_exporter.ledger.segmented.label_lane import UNMATCHED
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.layout import DATABASE, SEGMENTS
from ml_exporter.ledger.segmented.prediction_lanes import CONTESTED, PENDING
from ml_exporter.ledger.segmented.remedies import DAMAGED
from ml_exporter.ledger.segmented.segment_run import SegmentRun
from ml_exporter.ledger.segmented.sizes import Sizes
from ml_exporter.ledger.segmented.tables import Tables

_ATTEMPTS = 5
"""Segments may be merged while somebody looks; then he looks again."""


@dataclass(frozen=True)
class LaneInformation:
    """One table of rows."""

    name: str
    remembered: int
    """Rows that are not forgotten."""

    waiting: int
    """Predictions that wait for a label, or labels that have met no prediction."""

    oldest: float | None
    """The time of the oldest remembered row, seconds since the epoch."""

    newest: float | None
    segments: int
    segment_rows: int
    segment_bytes: int
    journal_rows: int
    """Rows that are in no segment yet."""

    @property
    def is_labels(self) -> bool:
        """Whether it holds labels, not predictions."""
        return self.name == LABELS


@dataclass(frozen=True)
class Information:
    """What a store holds."""

    lanes: list[LaneInformation]
    database_bytes: int
    batches_bytes: int
    """What rows take that are in no segment yet."""

    names: int
    """How many pieces of state are kept by name."""

    names_bytes: int
    contested: int
    """Predictions of which more than one word was said."""


def inspect(folder: Path) -> Information:
    """Return what a store holds.

    Raises:
        StoreError: there is none, or it is damaged.
    """
    with looked_at(folder, verify=False) as tables:
        names, names_bytes = tables.database.size_of("state")
        contested, _ = tables.database.size_of("standings")
        _, batches_bytes = tables.database.size_of("batches")
        size = sum(path.stat().st_size for path in folder.glob(f"{DATABASE}*"))
        lanes = [_lane(lane) for lane in tables.lanes]
        return Information(lanes, size, batches_bytes, names, names_bytes, contested)


def _lane(lane: Lane) -> LaneInformation:
    in_segments = [run for run in lane.runs if isinstance(run, SegmentRun)]
    ends = [end for run in lane.runs if run.remembered for end in lane.span(run)]
    return LaneInformation(
        lane.name,
        remembered=sum(run.remembered for run in lane.runs),
        waiting=sum(int(np.count_nonzero(run.flags[: run.rows] == PENDING)) for run in lane.runs),
        oldest=min(ends, default=None),
        newest=max(ends, default=None),
        segments=len(in_segments),
        segment_rows=sum(run.rows for run in in_segments),
        segment_bytes=sum(len(run.content.mapped) for run in in_segments),
        journal_rows=lane.facts.next - lane.facts.flushed,
    )


def verify(folder: Path) -> Information:
    """Read everything in a store, compare it with its checksums, and count again what is counted.

    Returns:
        What it holds.

    Raises:
        StoreError: there is no store, or it is damaged.
    """
    with looked_at(folder, verify=True) as tables:
        problems = [*_miscounted(tables), *_missing_standings(tables)]
        for _ in tables.database.all_states():
            pass  # each is compared with its checksum as it is read
        if problems:
            raise DamagedStore(f"the store {folder} is damaged ({'; '.join(problems)}); {DAMAGED}")
    return inspect(folder)


def _miscounted(tables: Tables) -> Iterator[str]:
    pending: Counter[int] = Counter()
    for lane in tables.predictions.lanes:
        for run in lane.runs:
            rows = np.flatnonzero(run.flags[: run.rows] == PENDING)
            codes, counts = np.unique(run.column("series", rows), return_counts=True) if len(rows) else ((), ())
            pending.update(dict(zip(map(int, codes), map(int, counts), strict=True)))
    if dict(pending) != dict(tables.pending):
        yield f"{sum(tables.pending.values())} predictions should wait for a label, and {pending.total()} do"
    flags = [run.flags[: run.rows] for run in tables.labels.lane.runs]
    unmatched = sum(int(np.count_nonzero(own == UNMATCHED)) for own in flags)
    if unmatched != tables.facts.unmatched:
        yield f"{tables.facts.unmatched} labels should have met no prediction, and {unmatched} have not"


def _missing_standings(tables: Tables) -> Iterator[str]:
    for lane in tables.predictions.lanes:
        contested = {
            sequence
            for run in lane.runs
            for sequence in run.sequences(np.flatnonzero(run.flags[: run.rows] == CONTESTED)).tolist()
        }
        kept = {sequence for sequence, _ in tables.database.standings(lane.name)}
        if contested != kept:
            yield f"what stands for {len(contested ^ kept)} predictions of {lane.name} is missing or too much"


@contextmanager
def looked_at(folder: Path, *, verify: bool) -> Iterator[Tables]:
    """Give the content of a store as it is now."""
    for attempt in range(_ATTEMPTS):
        database = Database(folder / DATABASE, beside_the_owner=True)
        try:
            try:
                tables = Tables(database, folder / SEGMENTS, Sizes(), lambda _: None, verify=verify)
            except StoreError:
                if attempt == _ATTEMPTS - 1 or not _has_changed(folder, database):
                    raise
                continue
            yield tables
            return
        finally:
            database.close()


def _has_changed(folder: Path, database: Database) -> bool:
    """Tell whether the store's owner has written since it was opened: then a segment may rightly be gone."""
    now = Database(folder / DATABASE, beside_the_owner=True)
    try:
        return now.read_facts() != database.read_facts()
    finally:
        now.close()
