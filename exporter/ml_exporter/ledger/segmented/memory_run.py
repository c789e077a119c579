"""Recent rows, in memory: the run that is added to, and those that are on their way into a segment."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.memory_index import MemoryIndex
from ml_exporter.ledger.segmented.rows import Column, Rows, pack_column
from ml_exporter.ledger.segmented.run import FORGOTTEN, Run
from ml_exporter.ledger.segmented.segment_format import SegmentSource
from ml_exporter.ledger.segmented.sorted_index import SortedIndex
from ml_exporter.ledger.segmented.texts import TextTable


class MemoryRun(Run):
    """A run with room for a number of rows; memory is touched as they come."""

    def __init__(self, first: int, capacity: int) -> None:
        self.first = self.end = first
        self.rows = self.remembered = 0
        self.capacity = capacity
        self.flags = np.zeros(capacity, dtype=np.uint8)
        self.ages = Ages.empty()
        self.waiting = Ages.empty()
        self.batches = 0
        self.sealed = False
        self._ages_written = self.ages
        self._hashes = np.empty(capacity, dtype=np.uint64)
        self._index = MemoryIndex(self._hashes)
        self._columns: dict[str, Column] = {}
        self._texts: dict[str, int] = {}
        self._text_list: list[str] = []

    def append(self, rows: Rows, owner: Callable[[NDArray[np.intp]], NDArray[np.int32]]) -> NDArray[np.intp]:
        """Add rows; there must be room for them.

        Args:
            rows: with the same columns every time.
            owner: returns the model of rows, for the ages.

        Returns:
            The rows that they have become.
        """
        start, stop = self.rows, self.rows + len(rows)
        self._hashes[start:stop] = rows.hashes
        self.flags[start:stop] = rows.flags
        for name, values in rows.columns.items():
            self._room_for(name, values)[start:stop] = (
                self._own_places(values, rows.texts) if name == "text" else values
            )
        self._index.insert(len(rows))
        self.rows = stop
        self.end = self.first + stop
        self.remembered += int(np.count_nonzero(rows.flags != FORGOTTEN))
        self.batches += 1
        added = np.arange(start, stop)
        model = owner(added)
        self.ages.note(start, model, rows.columns["time"])
        self.waiting.note(start, model, rows.columns["time"])
        return added

    def _room_for(self, name: str, values: Column) -> Column:
        """Return where a column is kept; rows of a narrower matrix end in what stands for nothing."""
        kept = self._columns.get(name)
        if kept is None:
            kept = self._columns[name] = np.empty((self.capacity, *values.shape[1:]), dtype=values.dtype)
        if values.ndim == 1:
            return kept
        missing = values.shape[1] - kept.shape[1]
        if missing > 0:
            kept = self._columns[name] = np.pad(kept, ((0, 0), (0, missing)), constant_values=nothing(kept.dtype))
        kept[self.rows : self.rows + len(values), values.shape[1] :] = nothing(kept.dtype)
        return kept[:, : values.shape[1]]

    def _own_places(self, places: Column, texts: tuple[str, ...]) -> Column:
        own = [self._place(text) for text in texts]
        return np.array([*own, -1], dtype=np.int32)[places]

    def _place(self, text: str) -> int:
        place = self._texts.setdefault(text, len(self._text_list))
        if place == len(self._text_list):
            self._text_list.append(text)
        return place

    def find(self, hashes: NDArray[np.uint64]) -> Found:
        """See ``Run``."""
        return self._index.find(hashes)

    def column(self, name: str, rows: NDArray[np.intp]) -> Column:
        """See ``Run``."""
        kept = self._columns[name]
        return kept[rows] if kept.ndim == 1 else kept[rows, 0]

    def matrix(self, name: str, rows: NDArray[np.intp]) -> Column:
        """See ``Run``."""
        return self._columns[name][rows]

    def text(self, place: int) -> str:
        """See ``Run``."""
        return self._text_list[place]

    def seal(self) -> None:
        """Say that no row is added any more. What is written of the run from then on does not change meanwhile."""
        if not self.sealed:
            self.sealed = True
            self._ages_written = self.ages.copy()

    def source(self) -> SegmentSource:
        """Return what a segment is written of. The run must be sealed."""
        columns = {name: column[: self.rows] for name, column in self._columns.items()}
        return SegmentSource(
            first=self.first,
            end=self.end,
            index=lambda: SortedIndex.build(self._hashes[: self.rows]),
            columns={name: partial(pack_column, column) for name, column in columns.items()},
            kept=None,
            texts=lambda: TextTable.of(self._text_list),
            ages=lambda: self._ages_written,
        )


def nothing(kind: np.dtype[Any]) -> float:
    """Return what stands for no value."""
    return np.nan if kind.kind == "f" else -1
