"""Labels in the ledger: remembered for predictions that come later, and to know what has been said."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical
from ml_exporter.ledger.interface import LabelRows
from ml_exporter.ledger.judgement import Word
from ml_exporter.ledger.segmented.actuals import to_categorical, to_numbers
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.rows import Column, Rows
from ml_exporter.ledger.segmented.run import Run

NAME = "labels"

UNMATCHED, MATCHED = 0, 1
"""Flags: whether a label has met a prediction."""

OWNER = -1
"""Labels are forgotten all by one clock: they have no model in this sense."""


class LabelLane:
    """All labels."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    @staticmethod
    def owner(_run: Run, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return the one clock of all labels."""
        return np.full(len(rows), OWNER, dtype=np.int32)

    def find(self, hashes: NDArray[np.uint64]) -> list[tuple[Run, Found]]:
        """Return the labels that have one of the hashes."""
        return self.lane.find(hashes)

    def add(
        self, rows: LabelRows, hashes: NDArray[np.uint64], chosen: NDArray[np.intp], flags: NDArray[np.uint8]
    ) -> None:
        """Add the chosen rows, in their order.

        Args:
            rows: a batch.
            hashes: of all its ids.
            chosen: which rows are added.
            flags: of the chosen rows.
        """
        number, place, texts = to_numbers(rows.actual.take(chosen))
        columns: dict[str, Column] = {
            "time": rows.timestamp[chosen],
            "model": rows.model[chosen].astype(np.int32),
            "number": number,
            "text": place,
            "value": values_of(rows)[chosen],
        }
        self.lane.append(Rows(hashes[chosen], flags, columns, texts))

    def said(self, run: Run, rows: NDArray[np.intp]) -> tuple[Categorical, NDArray[np.float64], NDArray[np.float64]]:
        """Return what labels say: actual, value and time."""
        actual = to_categorical(run.column("number", rows), run.column("text", rows), run.text)
        return actual, run.column("value", rows), run.column("time", rows)

    def words(self, run: Run, rows: NDArray[np.intp]) -> Iterator[Word]:
        """Return what labels say, one by one."""
        actual, value, time = self.said(run, rows)
        return map(Word, (text or "" for text in actual.texts()), value.tolist(), time.tolist())


def values_of(rows: LabelRows) -> NDArray[np.float64]:
    """Return the business values of labels, NaN for none."""
    return np.full(len(rows.model), np.nan) if rows.value is None else rows.value
