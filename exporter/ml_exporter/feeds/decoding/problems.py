"""What is wrong with events, row by row: the first thing found stands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.feeds.interface import Reason

_SHOWN = 80


@dataclass
class Problems:
    """Row to reason and detail."""

    found: dict[int, tuple[Reason, str]] = field(default_factory=dict)

    def add(self, row: int, reason: Reason, detail: str) -> None:
        """Note what is wrong with a row, unless something else is already."""
        self.found.setdefault(row, (reason, detail))

    def good(self, rows: int) -> NDArray[np.bool_]:
        """Return the mask of the rows that nothing is wrong with."""
        mask = np.ones(rows, dtype=np.bool_)
        if self.found:
            mask[list(self.found)] = False
        return mask


class RowProblems(Problems):
    """Problems of some rows of a batch, noted by their place among these and kept by their row in the batch."""

    def __init__(self, whole: Problems, rows: NDArray[np.intp]) -> None:
        super().__init__(whole.found)
        self._rows = rows

    def add(self, row: int, reason: Reason, detail: str) -> None:
        """Note what is wrong with the row at a place, unless something else is already."""
        super().add(int(self._rows[row]), reason, detail)


def shown(value: object) -> str:
    """Return a value as it stands in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
