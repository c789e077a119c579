"""Collects judged pairs, many at once or one by one, and puts them into columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical
from ml_exporter.ledger.interface import Joined, JudgedPredictions
from ml_exporter.ledger.judgement import Word
from ml_exporter.ledger.segmented.actuals import concatenate


@dataclass(frozen=True)
class PredictionColumns:
    """What of predictions goes into a pair."""

    series: NDArray[np.int32]
    time: NDArray[np.float64]
    payload: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> "PredictionColumns":
        """Return the chosen rows."""
        return PredictionColumns(self.series[rows], self.time[rows], self.payload[rows])


class Pairs:
    """Pairs of predictions and labels."""

    def __init__(self) -> None:
        self._parts: list[JudgedPredictions] = []

    def add(
        self,
        predictions: PredictionColumns,
        label_time: NDArray[np.float64],
        actual: Categorical,
        value: NDArray[np.float64],
    ) -> None:
        """Add pairs, columns of equal length."""
        self._parts.append(
            JudgedPredictions(predictions.series, predictions.time, label_time, predictions.payload, actual, value)
        )

    def add_one(self, prediction: PredictionColumns, word: Word) -> None:
        """Add a pair; the prediction's columns have one row."""
        self.add(prediction, np.array([word.time]), Categorical.constant(word.actual, 1), np.array([word.value]))

    def build(self) -> JudgedPredictions:
        """Return all pairs in the order in which they were added."""
        series = max((part.series.shape[1] for part in self._parts), default=1)
        payload = max((part.payload.shape[1] for part in self._parts), default=0)
        return JudgedPredictions(
            np.concatenate(
                [np.empty((0, series), dtype=np.int32), *(_wide(part.series, series, -1) for part in self._parts)]
            ),
            np.concatenate([np.empty(0), *(part.prediction_time for part in self._parts)]),
            np.concatenate([np.empty(0), *(part.label_time for part in self._parts)]),
            np.concatenate([np.empty((0, payload)), *(_wide(part.payload, payload, np.nan) for part in self._parts)]),
            concatenate([part.actual for part in self._parts]),
            np.concatenate([np.empty(0), *(part.value for part in self._parts)]),
        )


def _wide(table: NDArray[Any], width: int, fill: float) -> NDArray[Any]:
    missing = width - table.shape[1]
    return np.pad(table, ((0, 0), (0, missing)), constant_values=fill) if missing else table


class Effects:
    """What a batch has done so far."""

    def __init__(self) -> None:
        self.judged = Pairs()
        self.retracted = Pairs()
        self.replaces: list[NDArray[np.bool_]] = []
        self.conflicts = 0

    def judge(
        self,
        predictions: PredictionColumns,
        label_time: NDArray[np.float64],
        actual: Categorical,
        value: NDArray[np.float64],
    ) -> None:
        """Add pairs of predictions that were pending."""
        self.judged.add(predictions, label_time, actual, value)
        self.replaces.append(np.zeros(len(label_time), dtype=np.bool_))

    def judge_one(self, prediction: PredictionColumns, word: Word, *, instead_of: Word | None) -> None:
        """Add the pair of one prediction; the pair that it replaces is retracted."""
        self.judged.add_one(prediction, word)
        self.replaces.append(np.array([instead_of is not None]))
        if instead_of is not None:
            self.retracted.add_one(prediction, instead_of)

    def joined(self, accepted: NDArray[np.bool_]) -> Joined:
        """Return all of it."""
        replaces = np.concatenate([np.empty(0, dtype=np.bool_), *self.replaces])
        return Joined(self.judged.build(), accepted, self.conflicts, self.retracted.build(), replaces)
