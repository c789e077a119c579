"""Batches of events: columns of equal length, one row an event, at most some 20,000 rows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical
from ml_exporter.events.features import FeatureColumn

Rows = NDArray[np.intp] | NDArray[np.bool_]


@dataclass(frozen=True)
class _Columns:
    """Columns of equal length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, rows: Rows) -> Self:
        """Return the chosen rows (an index or a mask) of every column."""
        return replace(self, **{column.name: _take(getattr(self, column.name), rows) for column in fields(self)})


def _take(column: object, rows: Rows) -> object:
    if isinstance(column, np.ndarray):
        return column[rows]
    if isinstance(column, Categorical | FeatureColumn):
        return column.take(rows)
    if isinstance(column, Mapping):
        return {key: _take(value, rows) for key, value in column.items()}
    raise TypeError(f"a column of {type(column).__name__} cannot be taken from")


@dataclass(frozen=True)
class Predictions(_Columns):
    """What models said. Every row is valid: its model is configured, its time is plausible."""

    prediction_id: NDArray[np.object_]
    """Ids as text; the empty text where a failed request has none."""

    timestamp: NDArray[np.float64]
    """Prediction time, seconds since the epoch."""

    model: Categorical
    version: Categorical
    status: Categorical
    """``success``, or why the request failed; a failed one is counted and timed, not joined."""

    payload: NDArray[np.float64]
    """(rows, columns of the widest task): what was predicted, see the row's task. NaN for what is absent."""

    value: NDArray[np.float64]
    """The business value at stake; NaN where it is not known, or of no interest."""

    latency: NDArray[np.float64]
    """Seconds that the request took; NaN where it is not known."""

    trace_id: NDArray[np.object_]
    """The trace that the request belongs to, as text; the empty text where it names none."""

    segments: Mapping[str, Categorical]
    """Segment key to value; -1 where the event's model is not sliced by the key."""

    features: Mapping[str, FeatureColumn]
    """Feature to its values; those that a model watches."""


@dataclass(frozen=True)
class Labels(_Columns):
    """What turned out to be true."""

    prediction_id: NDArray[np.object_]
    """Id of the prediction that is judged, as text."""

    timestamp: NDArray[np.float64]
    """Label time, seconds since the epoch."""

    model: Categorical
    """The model that it judges; -1: every model that has the id."""

    actual: Categorical
    """The truth, in its one spelling (see ``class_text``)."""

    value: NDArray[np.float64]
    """The business value that turned out; NaN where the label brings none."""


@dataclass(frozen=True)
class JoinedEvents:
    """Rows that were joined before they came here: each is a prediction and the label that judges it."""

    predictions: Predictions
    labels: Labels

    def __len__(self) -> int:
        return len(self.predictions)

    def take(self, rows: Rows) -> "JoinedEvents":
        """Return the chosen rows (an index or a mask)."""
        return JoinedEvents(self.predictions.take(rows), self.labels.take(rows))


@dataclass(frozen=True)
class Outcomes(_Columns):
    """Joined pairs: what was predicted, and what was true."""

    series: NDArray[np.int32]
    """(rows, 1 + slices): codes of the series that the outcome belongs to, the overall one first; -1: none."""

    prediction_time: NDArray[np.float64]
    label_time: NDArray[np.float64]
    payload: NDArray[np.float64]
    """(rows, payload columns of the task): what was predicted."""

    actual: NDArray[np.float64]
    """(rows, columns of the task's truth): what was true, as the task writes it (binary: 1 positive, 0 negative)."""

    value: NDArray[np.float64]
    """The business value: the label's, or else the prediction's; NaN where neither is known."""
