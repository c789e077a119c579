"""What a task is: how the events of a model with that task are written as numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical


class Task(Protocol):
    """The task of one model, its options filled in."""

    @property
    def payload_columns(self) -> int:
        """Return how many numbers a prediction is written as."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the classes that it tells apart, in the order of their codes; none where it knows no classes."""
        ...

    @property
    def stored_classes(self) -> tuple[str, ...]:
        """Return the classes that what the store keeps is read by: only at their end may others be added."""
        ...

    @property
    def offers(self) -> frozenset[str]:
        """Return what its options give to the model beyond the task, by the names that metrics need it by."""
        ...

    @property
    def actual_form(self) -> str:
        """Return what a label's ``actual`` must be, for a message: ``1 or 0``, ``a finite number``."""
        ...

    def usable(self, actual: Categorical) -> NDArray[np.bool_]:
        """Tell which labels mean something for this task, (rows,); False where there is no value."""
        ...

    def truth(self, actual: Categorical, payload: NDArray[np.float64]) -> NDArray[np.float64]:
        """Write what was true as numbers.

        Args:
            actual: the labels, as their one spelling has them.
            payload: (rows, payload columns) the predictions that they judge.

        Returns:
            (rows, columns of the task); the first column is NaN where a label is not usable.
        """
        ...


@dataclass(frozen=True)
class TaskKind:
    """A task by name. Each module of this package that has one defines it as the constant ``TASK``."""

    name: str
    about: str
    """What models of this task do, in one sentence, for the documentation."""

    options: frozenset[str]
    """The keys of a model in the configuration that only this task (and others that name them) takes."""

    make: Callable[[Mapping[str, Any]], Task]
    """From the options' values to the task of one model.

    Raises:
        ValueError: the options do not fit; the message says which and why.
    """
