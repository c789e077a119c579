"""How the predictions of a task are read: which fields they have, and what these mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.feeds.decoding.problems import RowProblems

Columns = Mapping[str, Sequence[Any]]
"""Our field name to its values, ``None`` where an event lacks it; columns of equal length."""


@dataclass(frozen=True)
class TaskDecoder:
    """Reads the predictions of one task. Each module of this package that has one defines it as ``DECODER``."""

    task: str
    """The task's name."""

    fields: tuple[str, ...]
    """The fields that say what was predicted."""

    payload: Callable[[Columns, Any, NDArray[np.bool_], RowProblems], NDArray[np.float64]]
    """Writes predictions of one model as numbers.

    Args:
        columns: ``fields`` of the model's predictions.
        task: the model's ``Task``.
        succeeded: (rows,) False for a failed request, which needs no prediction.
        problems: takes what is wrong.

    Returns:
        (rows, payload columns of the task)
    """

    actual: Callable[[Any], str] | None = None
    """Spells what a label says as an object or a list in one way, for tasks whose labels do. None: they do not.

    Raises:
        ValueError: with a sentence for a person.
    """
