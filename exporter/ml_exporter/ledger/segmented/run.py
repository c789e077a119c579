"""A run: consecutive rows of a table, in memory or in a segment file."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.ages import Ages
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.rows import Column

FORGOTTEN = 255
"""The flag of a row that has expired: it is as if it were not there."""

UNKNOWN = 254
"""No row has this flag: it stands for one that has not been read yet."""


class Run(ABC):
    """Rows in their order of arrival, each with a sequence number for ever. Only flags and ages change."""

    first: int
    """Sequence number of the first row."""

    end: int
    """The sequence number after the last row."""

    rows: int
    remembered: int
    """How many rows are not forgotten."""

    flags: NDArray[np.uint8]
    """(rows or more,)"""

    ages: Ages
    """Of rows that are not forgotten."""

    waiting: Ages
    """Of rows whose flag is 0."""

    @abstractmethod
    def find(self, hashes: NDArray[np.uint64]) -> Found:
        """Return the rows that have one of the hashes, forgotten ones too."""

    @abstractmethod
    def column(self, name: str, rows: NDArray[np.intp]) -> Column:
        """Return a column of some rows; of a matrix its first column."""

    @abstractmethod
    def matrix(self, name: str, rows: NDArray[np.intp]) -> Column:
        """Return the columns of a matrix of some rows."""

    @abstractmethod
    def text(self, place: int) -> str:
        """Return the text that a number in a column ``text`` stands for."""

    def sequences(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the sequence numbers of rows."""
        return rows.astype(np.int64) + self.first

    def rows_of(self, sequences: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the rows with sequence numbers from ``first`` to before ``end``; -1 for one that is left out."""
        return (sequences - self.first).astype(np.intp)

    def rows_between(self, first: int, end: int) -> NDArray[np.intp]:
        """Return the rows whose sequence numbers are from ``first`` to before ``end``."""
        return np.arange(max(first, self.first) - self.first, min(end, self.end) - self.first, dtype=np.intp)
