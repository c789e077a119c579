"""Outcome tallies of the classes of multiclass models: how often each was true, predicted, and both; confusion."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import confusion_bin
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.multiclass import MOST_CLASSES, PREDICTED
from ml_exporter.tallies.kind import Contributions, Tally, everything

_MULTICLASS = frozenset({"multiclass"})


def predicted_and_actual(outcomes: Outcomes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the codes of the predicted and of the actual class, (rows,) each."""
    return outcomes.payload[:, PREDICTED].astype(np.int64), outcomes.actual[:, 0].astype(np.int64)


def _classes(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    """Count each outcome for its actual class, and a wrong one for its predicted class besides."""
    predicted, actual = predicted_and_actual(outcomes)
    correct = predicted == actual
    wrong = np.flatnonzero(~correct)
    as_actual = np.column_stack([np.ones(len(outcomes)), correct, correct])
    as_predicted = np.tile([0.0, 1.0, 0.0], (len(wrong), 1))
    return Contributions(
        np.concatenate([np.arange(len(outcomes)), wrong]),
        np.concatenate([actual, predicted[wrong]]),
        np.concatenate([as_actual, as_predicted]),
    )


def _confusion(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    predicted, actual = predicted_and_actual(outcomes)
    rows = len(outcomes)
    return Contributions(everything(rows), confusion_bin(actual, predicted), np.ones((rows, 1)))


def _class_count(model: ModelSettings) -> int:
    return len(model.class_names)


def _cell_count(model: ModelSettings) -> int:
    return len(model.class_names) ** 2


TALLIES = (
    Tally(
        name="classes",
        source="outcomes",
        columns=("actual", "predicted", "correct"),
        contribute=_classes,
        tasks=_MULTICLASS,
        bins=MOST_CLASSES,
        width=_class_count,
    ),
    Tally(
        name="confusion",
        source="outcomes",
        columns=("count",),
        contribute=_confusion,
        tasks=_MULTICLASS,
        bins=MOST_CLASSES**2,
        width=_cell_count,
        lifetime=True,
        sliced=False,
    ),
)
