"""What any ledger does. ``tests/ledger/contract.py`` holds every implementation to it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical

ANY_MODEL = -1
"""The model code of a label that names no model: it judges every prediction that has its id."""


class StoreError(Exception):
    """The store cannot be used; the message says what, where and what to do."""


@dataclass(frozen=True)
class PredictionRows:
    """Predictions for the join, columns of equal length. The key of each is its overall series and its id."""

    series: NDArray[np.int32]
    """(rows, 1 + slices): series codes, the overall one (a model's version) first; -1: none."""

    model: NDArray[np.int32]
    """Code of the model."""

    prediction_id: NDArray[np.object_]
    timestamp: NDArray[np.float64]
    payload: NDArray[np.float64]
    """(rows, columns of the task)"""


@dataclass(frozen=True)
class LabelRows:
    """Labels for the join, columns of equal length."""

    model: NDArray[np.int32]
    """Code of the model that is judged, or ``ANY_MODEL``."""

    prediction_id: NDArray[np.object_]
    timestamp: NDArray[np.float64]
    actual: Categorical


@dataclass(frozen=True)
class JudgedPredictions:
    """Predictions with the label that judges them, columns of equal length."""

    series: NDArray[np.int32]
    prediction_time: NDArray[np.float64]
    label_time: NDArray[np.float64]
    payload: NDArray[np.float64]
    actual: Categorical


@dataclass(frozen=True)
class Joined:
    """What became of a batch."""

    judged: JudgedPredictions
    """Pairs that this batch completed."""

    accepted: NDArray[np.bool_]
    """(rows of the batch,): False for a duplicate of an event that is known already."""

    conflicts: int
    """Predictions whose standing label is contradicted by another one for the first time."""


class Ledger(Protocol):
    """The durable store. Used by one thread; owned by one process."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which everything becomes durable together; an exception undoes all of it.

        Raises:
            StoreError: on leaving, where it could not be made durable.
        """
        ...

    def add_predictions(self, rows: PredictionRows) -> Joined:
        """Accept predictions and join them with labels that came before them. Within a transaction only."""
        ...

    def add_labels(self, rows: LabelRows) -> Joined:
        """Accept labels and join them with predictions that came before them. Within a transaction only.

        The first label stands. The same label again is a duplicate; one that says otherwise is a conflict, once
        for every prediction that it contradicts.
        """
        ...

    def expire_predictions(self, model: int, before: float) -> Mapping[int, int]:
        """Forget a model's predictions made before a time. Within a transaction only.

        Returns:
            Overall series to the number of those that no label had reached.
        """
        ...

    def expire_labels(self, before: float) -> None:
        """Forget labels that are older than a time. Within a transaction only."""
        ...

    def unmatched_labels(self) -> int:
        """Return how many labels wait for a prediction."""
        ...

    def pending(self) -> Mapping[int, int]:
        """Return overall series to the number of predictions that wait for a label."""
        ...

    def write(self, name: str, content: bytes | None) -> None:
        """Keep ``content`` under a name; ``None`` forgets it. Within a transaction only."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return what was written under a name."""
        ...

    def read_all(self, prefix: str) -> dict[str, bytes]:
        """Return everything that was written under names with a prefix."""
        ...

    def close(self) -> None:
        """Close the store and give up its lock."""
        ...
