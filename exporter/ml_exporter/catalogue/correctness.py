"""How often the predicted class is the actual one: over all outcomes, over the classes, and beyond chance."""

from functools import partial

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import SHARE, TASKS, class_counts, confusion_matrix, family, share_of
from ml_exporter.catalogue.definition import Counts, Estimate, Metric, Statistics

_ACCURACY = family("ml_accuracy_ratio", "Share of outcomes in the window whose predicted class is the actual one.")
_BALANCED = family(
    "ml_balanced_accuracy_ratio",
    "Mean recall of the classes that have outcomes, each class alike: accuracy as if all were equally frequent.",
)
_MATTHEWS = family(
    "ml_matthews_correlation",
    "Correlation of predicted and actual class: 1 all right, 0 no better than chance, below 0 worse.",
)


def _correct(task: str, sums: Statistics) -> Counts:
    counts = class_counts(task, sums)
    return counts.correct.sum(axis=1), counts.actual.sum(axis=1)


def _balanced_accuracy(task: str, sums: Statistics) -> Estimate:
    counts = class_counts(task, sums)
    return Estimate(*intervals.mean_of_shares(counts.correct, counts.actual))


def _matthews_correlation(task: str, sums: Statistics) -> Estimate:
    """Return the correlation in Gorodkin's (2004) form, which covers any number of classes."""
    counts = class_counts(task, sums)
    total, correct = counts.actual.sum(axis=1), counts.correct.sum(axis=1)
    together = correct * total - (counts.actual * counts.predicted).sum(axis=1)
    spread_actual = total**2 - (counts.actual**2).sum(axis=1)
    spread_predicted = total**2 - (counts.predicted**2).sum(axis=1)
    value = intervals.divide(together, np.sqrt(spread_actual * spread_predicted))
    if task == "binary":
        return Estimate(value, *intervals.correlation(confusion_matrix(task, sums, 2), value))
    return Estimate.without_interval(value)


METRICS = (
    *(
        Metric(
            id="accuracy",
            title="Accuracy",
            family=_ACCURACY,
            tasks=frozenset({task}),
            clock="outcome",
            direction="higher",
            estimate=share_of(partial(_correct, task)),
            source="scikit-learn, accuracy_score",
            formula="correct / outcomes",
            interval="Wilson",
            proportion=partial(_correct, task),
            limits=SHARE,
            judged=True,
            headline=True,
            advice="Look at the confusion matrix and the slices: which class, which segment? A fall right after a"
            " release points to the version, a slow one to data that has moved.",
        )
        for task in TASKS
    ),
    *(
        Metric(
            id="balanced_accuracy",
            title="Balanced accuracy",
            family=_BALANCED,
            tasks=frozenset({task}),
            clock="outcome",
            direction="higher",
            estimate=partial(_balanced_accuracy, task),
            source="scikit-learn, balanced_accuracy_score",
            formula="mean of (correct of the class / outcomes of the class) over the classes that have outcomes",
            interval="normal, each class with one outcome more of either kind",
            limits=SHARE,
            advice="If it falls while accuracy holds, a rare class is being missed: look at the recall of the classes.",
        )
        for task in TASKS
    ),
    *(
        Metric(
            id="matthews_correlation",
            title="Matthews correlation",
            family=_MATTHEWS,
            tasks=frozenset({task}),
            clock="outcome",
            direction="higher",
            estimate=partial(_matthews_correlation, task),
            source="scikit-learn, matthews_corrcoef; Gorodkin 2004",
            formula="(correct x outcomes - sum of actual_c x predicted_c over classes) / sqrt((outcomes^2 - sum of"
            " actual_c^2) x (outcomes^2 - sum of predicted_c^2)); none where all is one class (Gorodkin 2004)",
            interval="delta method (Bishop, Fienberg, Holland 1975) on Fisher's scale" if task == "binary" else None,
            limits=(-1.0, 1.0),
            advice="It moves with every kind of mistake, whatever the mix of classes: near 0 the model says no more"
            " than its base rates. The confusion matrix says which mistake it is.",
        )
        for task in TASKS
    ),
)
