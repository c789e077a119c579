"""A lane: one table of the ledger, rows in the order of their arrival with a flag each, found by hash.

It is a list of runs: segments, then runs in memory that are to become segments, then the one that is added to.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import BLOCK_ROWS, Ages
from ml_exporter.ledger.segmented.database import Database
from ml_exporter.ledger.segmented.facts import LaneFacts
from ml_exporter.ledger.segmented.flags import FlagChanges
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.memory_run import MemoryRun
from ml_exporter.ledger.segmented.rows import Rows, to_bytes
from ml_exporter.ledger.segmented.run import FORGOTTEN, Run
from ml_exporter.ledger.segmented.sizes import Sizes

Owner = Callable[[Run, NDArray[np.intp]], NDArray[np.int32]]
"""The model of rows."""

_LOOKED_AT = 64
"""So many blocks are looked at at once for old rows: it bounds memory."""


class Lane:
    """The rows of one lane. Everything that changes it belongs into a transaction; to undo it, load it again."""

    def __init__(
        self, name: str, facts: LaneFacts, database: Database, changes: FlagChanges, sizes: Sizes, owner: Owner
    ) -> None:
        self.name = name
        self.facts = facts
        self.runs: list[Run] = []
        self.owner = owner
        self._database = database
        self._changes = changes
        self._sizes = sizes

    @property
    def is_full(self) -> bool:
        """Whether nothing more is added to the last run."""
        last = self.runs[-1] if self.runs else None
        return isinstance(last, MemoryRun) and (
            last.sealed or last.rows == last.capacity or last.batches >= self._sizes.run_batches
        )

    def append(self, rows: Rows) -> list[tuple[MemoryRun, NDArray[np.intp]]]:
        """Add rows, and write them into the journal.

        Returns:
            The runs that they went to, in their order, and the rows that they have become.
        """
        added = []
        done = 0
        while done < len(rows):
            run = self._open_run(rows)
            part = rows.part(done, min(len(rows), done + run.capacity - run.rows))
            self._database.add_batch(self.name, run.end, to_bytes(part))
            added.append((run, self._add(run, part)))
            self.facts.next = run.end
            done += len(part)
        return added

    def restore(self, first: int, rows: Rows) -> None:
        """Add a batch that the journal has kept, in one piece."""
        last = self.runs[-1] if self.runs else None
        if not isinstance(last, MemoryRun) or self.is_full or last.capacity - last.rows < len(rows):
            last = self._new_run(first, rows)
        self._add(last, rows)

    def _add(self, run: MemoryRun, rows: Rows) -> NDArray[np.intp]:
        return run.append(rows, lambda added: self.owner(run, added))

    def _open_run(self, rows: Rows) -> MemoryRun:
        last = self.runs[-1] if self.runs else None
        return last if isinstance(last, MemoryRun) and not self.is_full else self._new_run(self.facts.next, rows)

    def _new_run(self, first: int, rows: Rows) -> MemoryRun:
        row_bytes = sum(values.nbytes // max(1, len(values)) for values in rows.columns.values())
        capacity = self._sizes.capacity(row_bytes)
        if first < self.facts.next:  # a batch of the journal is never cut
            capacity = max(capacity, len(rows))
        run = MemoryRun(first, capacity)
        self.runs.append(run)
        return run

    def find(self, hashes: NDArray[np.uint64]) -> list[tuple[Run, Found]]:
        """Return the rows that have one of the hashes and are not forgotten, run by run, oldest first."""
        found = []
        for run in self.runs:
            pairs = run.find(hashes)
            if len(pairs.row):
                pairs = pairs.where(run.flags[pairs.row] != FORGOTTEN)
            if len(pairs.row):
                found.append((run, pairs))
        return found

    def mark(self, run: Run, rows: NDArray[np.intp], flag: int) -> None:
        """Give rows a flag."""
        if len(rows):
            run.flags[rows] = flag
            self._changes.note(self.name, run.sequences(rows), flag)

    def forget(self, run: Run, rows: NDArray[np.intp]) -> None:
        """Forget rows that are not forgotten yet."""
        self.mark(run, rows, FORGOTTEN)
        run.remembered -= len(rows)

    def span(self, run: Run) -> tuple[float, float]:
        """Return the times of the oldest and of the newest row of a run that are not forgotten; there must be one."""
        times = run.column("time", np.flatnonzero(run.flags[: run.rows] != FORGOTTEN))
        return float(times.min()), float(times.max())

    def older(
        self,
        run: Run,
        model: int,
        before: float,
        *,
        waiting: bool,
        limit: int | None = None,
    ) -> NDArray[np.intp]:
        """Return rows of a model from before a time, oldest block first; the caller must change their flags.

        Args:
            run: where to look.
            model: of which.
            before: seconds since the epoch.
            waiting: whether to take rows whose flag is 0 only, instead of all that are not forgotten.
            limit: how many at most.
        """
        ages = run.waiting if waiting else run.ages
        blocks = ages.blocks_before(model, before)
        found: list[NDArray[np.intp]] = []
        wanted = limit
        at_once = _LOOKED_AT if limit is None else min(_LOOKED_AT, limit // BLOCK_ROWS + 1)
        for start in range(0, len(blocks), at_once):
            if wanted is not None and wanted <= 0:
                break
            rows = self._older_in(run, ages, model, before, blocks[start : start + at_once], waiting, wanted)
            found.append(rows)
            wanted = None if wanted is None else wanted - len(rows)
        return np.concatenate([np.empty(0, dtype=np.intp), *found])

    def _older_in(
        self,
        run: Run,
        ages: Ages,
        model: int,
        before: float,
        blocks: NDArray[np.intp],
        waiting: bool,
        limit: int | None,
    ) -> NDArray[np.intp]:
        rows = (blocks[:, None] * BLOCK_ROWS + np.arange(BLOCK_ROWS)).reshape(-1)
        rows = rows[: np.searchsorted(rows, run.rows)]
        flags = run.flags[rows]
        rows = rows[flags == 0 if waiting else flags != FORGOTTEN]
        rows = rows[self.owner(run, rows) == model]
        time = run.column("time", rows)
        old = time < before
        chosen: NDArray[np.intp] = rows[old]
        if limit is not None and len(chosen) > limit:
            return chosen[:limit]  # the blocks are looked at again
        ages.settle(model, blocks, rows[~old], time[~old])
        return chosen
