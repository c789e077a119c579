"""The binary task: a model decides between two classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical
from ml_exporter.events.tasks.interface import TaskKind

PREDICTED, SCORE = 0, 1
"""The columns of a binary payload: the predicted class (1 positive, 0 negative) and the score (NaN: none)."""

PAYLOAD_COLUMNS = 2


@dataclass(frozen=True)
class BinaryTask:
    """Two classes, one of them the positive one; see ``Task``. The truth is 1 for positive and 0 for negative."""

    positive: str
    negative: str | None
    """The other class; None: whatever is not positive."""

    threshold: float
    """A score at or above it means the positive class."""

    @property
    def payload_columns(self) -> int:
        """Return how many numbers a prediction is written as."""
        return PAYLOAD_COLUMNS

    @property
    def class_names(self) -> tuple[str, str]:
        """Return the names of the negative and of the positive class, for labels."""
        return (self.negative if self.negative is not None else f"not {self.positive}", self.positive)

    @property
    def stored_classes(self) -> tuple[str, ...]:
        """Return the positive class: what is not positive is negative, by whatever name."""
        return (self.positive,)

    @property
    def offers(self) -> frozenset[str]:
        """Return nothing: its options decide how events are read, not which metrics there are."""
        return frozenset()

    @property
    def actual_form(self) -> str:
        """Return what a label's ``actual`` must be."""
        return " or ".join(map(repr, self.class_names))

    def usable(self, actual: Categorical) -> NDArray[np.bool_]:
        """Tell which labels name one of the two classes."""
        return ~np.isnan(self._meaning(actual))

    def truth(self, actual: Categorical, payload: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ARG002 - Task's
        """Return 1 for the positive class, 0 for the negative one, NaN for what is neither, (rows, 1)."""
        return self._meaning(actual)[:, None]

    def payload(self, predicted: Categorical, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Write predictions as numbers.

        Args:
            predicted: the class that each event names, -1 where it brings only a score.
            score: of the positive class, NaN where it brings none.

        Returns:
            (rows, 2): predicted class (NaN where the event has neither, or a class that is not the model's)
            and score. Where both are given, the prediction decides the class.
        """
        from_score = np.where(np.isnan(score), np.nan, score >= self.threshold)
        named = self._meaning(predicted)
        return np.column_stack([np.where(predicted.codes < 0, from_score, named), score])

    def _meaning(self, classes: Categorical) -> NDArray[np.float64]:
        meanings = [self._number(value) for value in classes.values]
        return np.array([*meanings, np.nan])[classes.codes]

    def _number(self, value: str) -> float:
        if value == self.positive:
            return 1.0
        return 0.0 if self.negative is None or value == self.negative else np.nan


def _make(options: Mapping[str, Any]) -> BinaryTask:
    positive, negative = options["positive_class"], options["negative_class"]
    if negative is None:
        negative = {"1": "0", "0": "1"}.get(positive)
    if positive == negative:
        raise ValueError(f"negative_class: {negative!r} is the positive class, too; name the other one")
    return BinaryTask(positive, negative, options["decision_threshold"])


TASK = TaskKind(
    "binary",
    "It decides between two classes.",
    frozenset({"positive_class", "negative_class", "decision_threshold"}),
    _make,
)
