"""The regression task: a model predicts a number."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical
from ml_exporter.events.tasks.interface import TaskKind

PREDICTED, LOWER, UPPER = 0, 1, 2
"""The columns of a payload: the predicted number, and the bounds of its interval (NaN: none)."""

PAYLOAD_COLUMNS = 3

LARGEST = 1e70
"""No number is larger, by amount: the sums of fourth powers that intervals are made of stay finite."""

SMALLEST = 1e-70
"""Where shares of actual numbers are made, smaller amounts are 0, so that these stay finite too."""


@dataclass(frozen=True)
class RegressionTask:
    """A number; see ``Task``. The truth is the actual number."""

    @property
    def payload_columns(self) -> int:
        """Return how many numbers a prediction is written as."""
        return PAYLOAD_COLUMNS

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return nothing: numbers are no classes."""
        return ()

    @property
    def stored_classes(self) -> tuple[str, ...]:
        """Return nothing: numbers are no classes."""
        return ()

    @property
    def offers(self) -> frozenset[str]:
        """Return nothing: its options decide how events are read, not which metrics there are."""
        return frozenset()

    @property
    def actual_form(self) -> str:
        """Return what a label's ``actual`` must be."""
        return f"a number from {-LARGEST:g} to {LARGEST:g}"

    def usable(self, actual: Categorical) -> NDArray[np.bool_]:
        """Tell which labels are numbers that sums can hold."""
        return ~np.isnan(_numbers(actual))

    def truth(self, actual: Categorical, payload: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ARG002 - Task's
        """Return the actual number, NaN for what is none, (rows, 1)."""
        return _numbers(actual)[:, None]


def _numbers(texts: Categorical) -> NDArray[np.float64]:
    return np.array([*map(_number, texts.values), np.nan])[texts.codes]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if abs(number) <= LARGEST else math.nan


def _make(_options: Mapping[str, Any]) -> RegressionTask:
    return RegressionTask()


TASK = TaskKind("regression", "It predicts a number.", frozenset(), _make)
