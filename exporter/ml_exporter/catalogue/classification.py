"""What the metrics of binary and of multiclass models have in common: the outcomes by class."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import confusion_bins
from ml_exporter.catalogue.definition import Counts, Estimate, Family, Statistics, series_labels
from ml_exporter.catalogue.intervals import divide, wilson

Array = NDArray[np.float64]

AREA = "quality of classification"
BINARY = frozenset({"binary"})
TASKS = ("binary", "multiclass")
"""The tasks that decide between classes. What both have is computed from different tallies: a metric for each."""

SHARE = (0.0, 1.0)
"""The limits of a share, and of an average of shares."""


def family(name: str, help_text: str, *extra_labels: str) -> Family:
    """Return a gauge about a series in a window."""
    return Family(name, "gauge", help_text, (*series_labels(), *extra_labels), AREA)


@dataclass(frozen=True)
class ClassCounts:
    """Outcomes by class, each (series, classes)."""

    actual: Array
    predicted: Array
    correct: Array

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Tell which classes were actual or predicted at all, (series, classes)."""
        return np.asarray((self.actual > 0) | (self.predicted > 0))


def class_counts(task: str, sums: Statistics) -> ClassCounts:
    """Return the outcomes of each class; of a binary model the negative class is the first."""
    if task == "multiclass":
        return ClassCounts(sums["classes.actual"], sums["classes.predicted"], sums["classes.correct"])
    matrix = confusion_matrix(task, sums, 2)
    return ClassCounts(matrix.sum(axis=2), matrix.sum(axis=1), np.diagonal(matrix, axis1=1, axis2=2))


def confusion_matrix(task: str, sums: Statistics, classes: int) -> Array:
    """Return the outcomes by actual and predicted class, (series, classes, classes)."""
    if task == "multiclass":
        return np.asarray(sums["confusion.count"][:, confusion_bins(classes)])
    cells = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    return np.column_stack([sums[f"binary.{cell}"] for cell in cells]).reshape(-1, 2, 2)


def scored(task: str) -> str:
    """Return the statistic that counts the outcomes with a score: what the score metrics rest on."""
    return f"{task}.scored"


def share_of(counts: Callable[[Statistics], Counts]) -> Callable[[Statistics], Estimate]:
    """Return the estimate of a share, with Wilson's interval."""

    def estimate(sums: Statistics) -> Estimate:
        counted, of = counts(sums)
        return Estimate(divide(counted, of), *wilson(counted, of))

    return estimate
