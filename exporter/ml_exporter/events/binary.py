"""The binary task: what its events mean, and how they are written as numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical

PREDICTED, SCORE = 0, 1
"""The columns of a binary payload: the predicted class (1 positive, 0 negative) and the score (NaN: none)."""

PAYLOAD_COLUMNS = 2


@dataclass(frozen=True)
class BinaryTask:
    """Two classes, one of them the positive one."""

    positive: str
    negative: str | None
    """The other class; None: whatever is not positive."""

    threshold: float
    """A score at or above it means the positive class."""

    @property
    def class_names(self) -> tuple[str, str]:
        """The names of the negative and of the positive class, for labels."""
        return (self.negative if self.negative is not None else f"not {self.positive}", self.positive)

    def actual(self, classes: Categorical) -> NDArray[np.float64]:
        """Return 1 for the positive class, 0 for the negative one, NaN for what is neither."""
        return self._meaning(classes)

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
