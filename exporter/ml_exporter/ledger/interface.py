"""What any ledger does. ``tests/ledger/contract`` holds every implementation to it.

How a prediction is judged. Labels are taken in the order in which they arrive; a prediction that arrives after its
labels takes them in that order too, so the outcome does not depend on which came first, nor on how events are batched.

- The first label that has the prediction's id (and names its model, or none) judges it: its word stands.
- A label *says otherwise* where its actual differs, or where both bring a business value and the values differ.
- A label that says otherwise *corrects* the standing one where its model has a correction window, its own time is not
  before the time when the standing word was last said, and at most the window after the standing label's time. Then
  the old pair is retracted and the new one judged. A correction may be corrected in turn, back to the first word too.
- Otherwise it is a *conflict*, counted once for every prediction that it contradicts, unless a remembered label has
  said the same of this prediction before. The standing word stands.
- A prediction may be judged by silence (``assume_labels``). A label that says otherwise afterwards corrects it whatever
  its time, where its model has a correction window: silence was a guess. Without one it is a conflict. A label that
  agrees confirms it: the pair stays as it was judged, and from then on only a label that is no older, and within the
  window, corrects it.
- A judgement is final once labels of its time have been forgotten: later labels change nothing and are no conflicts.

The same label again is a duplicate: same id, model, actual, and the same value or none. Where the model may be
corrected (for a label that names no model: where any may), its time is part of what it says, so that a word can be
taken back and given again (A, B, A); then only a label with the same time is a duplicate. So events that are read
twice count once.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical

ANY_MODEL = -1
"""The model code of a label that names no model: it judges every prediction that has its id."""

CorrectionWindows = Mapping[int, float]
"""Model code to how long after a label another may correct it, in seconds; none, or 0: never."""

NO_CORRECTIONS: CorrectionWindows = MappingProxyType({})


class StoreError(Exception):
    """The store cannot be used; the message says what, where and what to do."""


class DamagedStore(StoreError):
    """What the store holds is not what was written. Trying again is of no use."""


@dataclass(frozen=True)
class PredictionRows:
    """Predictions for the join, columns of equal length. The key of each is its overall series and its id."""

    series: NDArray[np.int32]
    """(rows, 1 + slices): series codes, the overall one (a model's version) first; -1: none. An overall series
    belongs to one model for ever."""

    model: NDArray[np.int32]
    """Code of the model."""

    prediction_id: NDArray[np.object_]
    timestamp: NDArray[np.float64]
    payload: NDArray[np.float64]
    """(rows, columns of the task); NaN at the end of a row that has fewer columns than others of the batch."""


@dataclass(frozen=True)
class LabelRows:
    """Labels for the join, columns of equal length."""

    model: NDArray[np.int32]
    """Code of the model that is judged, or ``ANY_MODEL``."""

    prediction_id: NDArray[np.object_]
    timestamp: NDArray[np.float64]
    actual: Categorical
    value: NDArray[np.float64] | None = None
    """Business value, NaN for none. None: no label of the batch has one."""


@dataclass(frozen=True)
class JudgedPredictions:
    """Predictions with the label that judges them, columns of equal length."""

    series: NDArray[np.int32]
    """(rows, 1 + slices), as wide as the widest row was stored; the others end in -1."""

    prediction_time: NDArray[np.float64]
    label_time: NDArray[np.float64]
    payload: NDArray[np.float64]
    """(rows, columns), as wide as the widest row was stored; the others end in NaN. A task may want more columns than
    rows of an older configuration have, or fewer: see ``payload_columns``."""

    actual: Categorical
    value: NDArray[np.float64]
    """The label's business value, NaN for none."""

    def payload_columns(self, columns: int) -> NDArray[np.float64]:
        """Return (rows, columns) of the payload, NaN for columns that were not stored."""
        missing = columns - self.payload.shape[1]
        if missing <= 0:
            return self.payload[:, :columns]
        return np.pad(self.payload, ((0, 0), (0, missing)), constant_values=np.nan)


@dataclass(frozen=True)
class Joined:
    """What became of a batch.

    Over all batches, ``judged`` less ``retracted`` is each judged prediction once, with the label that stands.
    """

    judged: JudgedPredictions
    """Pairs that this batch completed, and pairs that take the place of a retracted one."""

    accepted: NDArray[np.bool_]
    """(rows of the batch,): False for a duplicate of an event that is known already."""

    conflicts: int
    """How many times a label contradicts a prediction's standing label without correcting it."""

    retracted: JudgedPredictions
    """Pairs to be taken back: each was judged before, by an earlier batch or by this one."""

    replaces: NDArray[np.bool_]
    """(judged pairs,): True where the pair takes the place of a retracted one: its prediction was judged before."""

    @property
    def corrections(self) -> int:
        """How many times a label replaced the standing one."""
        return len(self.retracted.prediction_time)


class Ledger(Protocol):
    """The durable store. Used by one thread; owned by one process."""

    def transaction(self, *, acknowledged: bool = False) -> AbstractContextManager[None]:
        """Return a context in which everything becomes durable together; an exception undoes all of it.

        Args:
            acknowledged: whether it must survive a power cut from the moment it is left, because its sender is told
                so. Without, it survives the process, and a power cut may undo the last transactions, whole ones and
                in order: right for what can be read again from the position that is undone with it.

        Raises:
            StoreError: on leaving, where it could not be made durable.
        """
        ...

    def add_predictions(self, rows: PredictionRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept predictions and join them with labels that came before them. Within a transaction only."""
        ...

    def add_labels(self, rows: LabelRows, corrections: CorrectionWindows = NO_CORRECTIONS) -> Joined:
        """Accept labels and join them with predictions that came before them. Within a transaction only."""
        ...

    def assume_labels(self, model: int, before: float, actual: str, after: float, limit: int | None = None) -> Joined:
        """Judge by silence: predictions made before a time that no label has reached. Within a transaction only.

        Args:
            model: code of the model.
            before: seconds since the epoch.
            actual: what silence means.
            after: the label's time is the prediction's plus this many seconds.
            limit: how many predictions at most; where ``judged`` has as many, there may be more.

        Returns:
            The pairs, without a value; ``accepted`` has a row for each.
        """
        ...

    def expire_predictions(self, model: int, before: float) -> Mapping[int, int]:
        """Forget a model's predictions made before a time. Within a transaction only.

        Returns:
            Overall series to the number of those that were still pending.
        """
        ...

    def expire_labels(self, before: float) -> None:
        """Forget labels that are older than a time. Within a transaction only."""
        ...

    def unmatched_labels(self) -> int:
        """Return how many remembered labels have not met a prediction."""
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
