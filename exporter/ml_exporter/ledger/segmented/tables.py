"""All that the ledger keeps, loaded: predictions, labels, and the facts about them."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import DamagedStore
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.facts import LaneFacts
from ml_exporter.ledger.segmented.flags import FlagChanges
from ml_exporter.ledger.segmented.label_lane import NAME as LABELS
from ml_exporter.ledger.segmented.label_lane import LabelLane
from ml_exporter.ledger.segmented.lane import Lane, Owner
from ml_exporter.ledger.segmented.loading import load_lane, write_flag_blocks
from ml_exporter.ledger.segmented.prediction_lanes import PredictionLanes
from ml_exporter.ledger.segmented.remedies import DAMAGED
from ml_exporter.ledger.segmented.run import Run
from ml_exporter.ledger.segmented.sizes import Sizes


class Tables:
    """The content of a store. Changes belong into a transaction; where it fails, load anew."""

    def __init__(
        self, database: Database, folder: Path, sizes: Sizes, reached: Callable[[str], None], *, verify: bool
    ) -> None:
        """Load what the store keeps.

        Args:
            database: of the store.
            folder: of the segment files.
            sizes: of runs.
            reached: is told "flags written" on the way.
            verify: whether to read every segment as a whole, to find damage.

        Raises:
            DamagedStore: something of it is damaged.
        """
        self.database = database
        self.facts = database.read_facts()
        self.changes = FlagChanges(self.facts, database)
        self._sizes = sizes
        self._reached = reached
        self._pending = self._restore_pending()
        self.predictions = PredictionLanes(self.facts, self._prediction_lane)
        self.labels = LabelLane(self._lane(LABELS, LabelLane.owner))
        try:
            if database.state_digest() != self.facts.state:
                raise ValueError("something that is kept by name is missing")
            changes = self.changes.stored()
            for lane in self.lanes:
                own = [(sequences, flag) for name, sequences, flag in changes if name == lane.name]
                load_lane(lane, database, folder, own, verify=verify)
        except ValueError as error:
            raise DamagedStore(f"the store {folder.parent} is damaged ({error}); {DAMAGED}") from None

    def _prediction_lane(self, name: str) -> Lane:
        def owner(run: Run, rows: NDArray[np.intp]) -> NDArray[np.int32]:
            return self.predictions.owner(run, rows)  # lanes are made while predictions are

        return self._lane(name, owner)

    def _lane(self, name: str, owner: Owner) -> Lane:
        facts = self.facts.lanes.setdefault(name, LaneFacts())
        return Lane(name, facts, self.database, self.changes, self._sizes, owner)

    @property
    def lanes(self) -> list[Lane]:
        """Every lane."""
        return [*self.predictions.lanes, self.labels.lane]

    @property
    def final_before(self) -> float:
        """Labels from before this time have been forgotten: judgements by them are final."""
        before = self.facts.labels_forgotten_before
        return -math.inf if before is None else before

    @property
    def pending(self) -> Mapping[int, int]:
        """Overall series to predictions that wait for a label."""
        series = np.flatnonzero(self._pending)
        return dict(zip(series.tolist(), self._pending[series].tolist(), strict=True))

    def count_pending(self, series: NDArray[np.int32], step: int) -> None:
        """Count predictions that begin (1) or cease (-1) to wait for a label, by their overall series."""
        counts = np.bincount(series)
        missing = len(counts) - len(self._pending)
        if missing > 0:
            self._pending = np.pad(self._pending, (0, missing))
        self._pending[: len(counts)] += step * counts

    def _restore_pending(self) -> NDArray[np.int64]:
        series = np.frombuffer(self.facts.pending_series, dtype=np.int32)
        pending = np.zeros(int(series.max(initial=-1)) + 1, dtype=np.int64)
        pending[series] = np.frombuffer(self.facts.pending_counts, dtype=np.int64)
        return pending

    def write(self, name: str, content: bytes | None) -> None:
        """Keep content under a name; None forgets it."""
        self.facts.state ^= self.database.write_state(name, content)

    def store(self) -> None:
        """Write what the transaction has changed beside the batches."""
        self.changes.store()
        if self.changes.rows >= self._sizes.kept_changes or self.changes.batches >= self._sizes.run_batches:
            self.write_flags()
        series = np.flatnonzero(self._pending)
        self.facts.pending_series = series.astype(np.int32).tobytes()
        self.facts.pending_counts = self._pending[series].tobytes()
        self.database.write_facts(self.facts)

    def write_flags(self) -> None:
        """Write blocks of flags in place of the changes that have been kept so far."""
        for lane in self.lanes:
            write_flag_blocks(lane, self.database, sorted(self.changes.touched[lane.name]))
        self.changes.forget()
        self._reached("flags written")
