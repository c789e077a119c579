"""The multiclass task: a model decides between several classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical
from ml_exporter.events.tasks.interface import TaskKind

PREDICTED, FIRST_SCORE = 0, 1
"""The columns of a payload: the predicted class's code, then the score of each class (NaN: no scores)."""

MOST_CLASSES = 200

TOP_K = (2, 3, 4, 5, 10, 20, 50)
"""The k for which top-k accuracy can be asked."""

TOP_K_OFFERED = "top_k"
"""What a model offers that is asked for any top-k accuracy; see ``top_k_offered`` for the single ones."""

_RESERVED = "__other__"


def top_k_offered(k: int) -> str:
    """Return what a model offers that is asked for its top-k accuracy."""
    return f"top_{k}"


def confidence(payload: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of the class that each prediction names, (rows,): 0 for a class that has no score.

    Args:
        payload: (rows, 1 + classes) of predictions that name a class.
    """
    named = payload[:, PREDICTED].astype(np.int64)
    return np.nan_to_num(payload[np.arange(len(payload)), FIRST_SCORE + named])


@dataclass(frozen=True)
class MulticlassTask:
    """Several classes; see ``Task``. The truth is the code of the actual class: its place in ``classes``."""

    classes: tuple[str, ...]

    top_k: tuple[int, ...] = ()
    """The k for which top-k accuracy is asked."""

    @property
    def payload_columns(self) -> int:
        """Return how many numbers a prediction is written as."""
        return FIRST_SCORE + len(self.classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the classes in the order of their codes."""
        return self.classes

    @property
    def stored_classes(self) -> tuple[str, ...]:
        """Return the classes in the order of their codes."""
        return self.classes

    @property
    def offers(self) -> frozenset[str]:
        """Return which top-k accuracies are asked for."""
        return frozenset([TOP_K_OFFERED, *map(top_k_offered, self.top_k)] if self.top_k else [])

    @property
    def actual_form(self) -> str:
        """Return what a label's ``actual`` must be."""
        return f"one of {', '.join(map(repr, self.classes))}"

    @cached_property
    def _codes(self) -> dict[str, float]:
        return {name: float(code) for code, name in enumerate(self.classes)}

    def codes(self, classes: Categorical) -> NDArray[np.float64]:
        """Return the code of each class, NaN for what is none, (rows,)."""
        meanings = [self._codes.get(value, np.nan) for value in classes.values]
        return np.array([*meanings, np.nan])[classes.codes]

    def usable(self, actual: Categorical) -> NDArray[np.bool_]:
        """Tell which labels name a class of the model."""
        return ~np.isnan(self.codes(actual))

    def truth(self, actual: Categorical, payload: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ARG002 - Task's
        """Return the code of the actual class, NaN for what is none, (rows, 1)."""
        return self.codes(actual)[:, None]

    def payload(self, predicted: Categorical, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Write predictions as numbers.

        Args:
            predicted: the class that each event names, -1 where it brings only scores.
            scores: (rows, classes), a row of NaN where an event brings none.

        Returns:
            (rows, 1 + classes): the predicted class's code (that of the highest score where the event names none;
            NaN where it has neither, or a class that is not the model's) and the scores.
        """
        scored = np.asarray(~np.isnan(scores).any(axis=1))
        highest = np.where(scored, np.argmax(np.nan_to_num(scores), axis=1), np.nan)
        named = self.codes(predicted)
        return np.column_stack([np.where(predicted.codes < 0, highest, named), scores])


def _make(options: Mapping[str, Any]) -> MulticlassTask:
    classes = tuple(options["classes"])
    if len(classes) < 2:
        raise ValueError("classes: a multiclass model needs at least two classes; list all that it tells apart")
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"classes: {len(classes)} are more than the {MOST_CLASSES} that can be told apart; merge some")
    if len(set(classes)) != len(classes):
        raise ValueError("classes: a class is named twice; name each once")
    if _RESERVED in classes:
        raise ValueError(f"classes: {_RESERVED!r} stands for what has no place of its own; name the class otherwise")
    return MulticlassTask(classes, _checked_top_k(options["top_k"], len(classes)))


def _checked_top_k(top_k: Sequence[int], classes: int) -> tuple[int, ...]:
    for k in top_k:
        if k not in TOP_K:
            raise ValueError(f"top_k: {k} is no k that is kept; choose from {', '.join(map(str, TOP_K))}")
        if k >= classes:
            raise ValueError(f"top_k: of {classes} classes the actual one is always among the top {k}; remove {k}")
    return tuple(sorted(set(top_k)))


TASK = TaskKind(
    "multiclass",
    "It decides between several classes.",
    frozenset({"classes", "top_k", "max_confusion_cells"}),
    _make,
)
