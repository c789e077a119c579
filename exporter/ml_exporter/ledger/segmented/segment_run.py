"""A run in a segment file."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.rows import Column
from ml_exporter.ledger.segmented.run import FORGOTTEN, Run
from ml_exporter.ledger.segmented.segment_reading import SegmentContent


class SegmentRun(Run):
    """Rows that lie in a file, with flags that lie in memory."""

    def __init__(
        self,
        name: str,
        checksum: int,
        content: SegmentContent,
        flags: NDArray[np.uint8],
        ages: Ages,
        waiting: Ages,
    ) -> None:
        """Take the content of a segment.

        Args:
            name: of its file.
            checksum: of its header.
            content: of the file.
            flags: (rows or more,)
            ages: may be shared with the run that it has been made of.
            waiting: likewise.
        """
        self.name = name
        self.checksum = checksum
        self.content = content
        self.first = content.first
        self.end = content.end
        self.rows = content.rows
        self.flags = flags
        self.ages = ages
        self.waiting = waiting
        self.remembered = int(np.count_nonzero(flags[: self.rows] != FORGOTTEN))

    def find(self, hashes: NDArray[np.uint64]) -> Found:
        """See ``Run``."""
        return self.content.index.find(hashes)

    def column(self, name: str, rows: NDArray[np.intp]) -> Column:
        """See ``Run``."""
        return self.content.columns[name][0].take(rows)

    def matrix(self, name: str, rows: NDArray[np.intp]) -> Column:
        """See ``Run``."""
        return np.column_stack([part.take(rows) for part in self.content.columns[name]])

    def text(self, place: int) -> str:
        """See ``Run``."""
        return self.content.texts.text(place)

    def sequences(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """See ``Run``."""
        if self.content.kept is None:
            return super().sequences(rows)
        return self.content.kept[rows].astype(np.int64) + self.first

    def rows_of(self, sequences: NDArray[np.int64]) -> NDArray[np.intp]:
        """See ``Run``."""
        if self.content.kept is None:
            return super().rows_of(sequences)
        wanted = (sequences - self.first).astype(np.uint32)
        rows = np.minimum(np.searchsorted(self.content.kept, wanted), self.rows - 1)
        return np.where(self.content.kept[rows] == wanted, rows, -1)

    def rows_between(self, first: int, end: int) -> NDArray[np.intp]:
        """See ``Run``."""
        if self.content.kept is None:
            return super().rows_between(first, end)
        ends = np.array([max(first, self.first) - self.first, min(end, self.end) - self.first])
        start, stop = np.searchsorted(self.content.kept, ends)
        return np.arange(start, stop)
