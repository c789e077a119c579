"""Precision, recall and F1 of each class, and averaged over the classes."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np

from ml_exporter.catalogue.classification import (
    SHARE,
    TASKS,
    Array,
    ClassCounts,
    class_counts,
    family,
)
from ml_exporter.catalogue.definition import Estimate, Metric, Model, Row, Spread, Statistics, each
from ml_exporter.catalogue.intervals import divide

_MULTICLASS = frozenset({"multiclass"})


def _precision(counts: ClassCounts) -> Array:
    return divide(counts.correct, counts.predicted)


def _recall(counts: ClassCounts) -> Array:
    return divide(counts.correct, counts.actual)


def _f1(counts: ClassCounts) -> Array:
    return divide(2 * counts.correct, counts.actual + counts.predicted)


_SCORES: Mapping[str, tuple[str, Callable[[ClassCounts], Array], str]] = {
    "precision": ("Precision", _precision, "correct / predicted"),
    "recall": ("Recall", _recall, "correct / actual"),
    "f1": ("F1 score", _f1, "2 correct / (actual + predicted)"),
}
"""Name of a class score to its title, the score of each class (series, classes; NaN: undefined), and its formula."""

_WEIGHTS = {
    "weighted": "weighted by its outcomes",
    "macro": "each class alike",
}


def _averaged(task: str, name: str, average: str, sums: Statistics) -> Estimate:
    """Average over the classes seen; a score that is not defined counts as 0 (scikit-learn's zero_division=0)."""
    counts = class_counts(task, sums)
    score = np.nan_to_num(_SCORES[name][1](counts))
    weights = counts.actual if average == "weighted" else counts.seen.astype(np.float64)
    return Estimate.without_interval(divide((score * weights).sum(axis=1), weights.sum(axis=1)))


def _averages(name: str) -> Iterable[Metric]:
    title, _, formula = _SCORES[name]
    shown = family(
        f"ml_averaged_{name}_ratio",
        f"{title} averaged over the classes: weighted by their outcomes, or macro, each class alike. The micro average"
        " is ml_accuracy_ratio.",
        "average",
    )
    for average, meaning in _WEIGHTS.items():
        for task in TASKS:
            yield Metric(
                id=f"{name}_{average}",
                title=f"{title}, {average} average",
                family=shown,
                tasks=frozenset({task}),
                clock="outcome",
                direction="higher",
                estimate=partial(_averaged, task, name, average),
                source=f"scikit-learn, {name}_score with average and zero_division=0",
                formula=f"mean over the classes seen of the class's {name} ({formula}), {meaning}; 0 where nothing"
                " can be divided",
                fixed_labels={"average": average},
                limits=SHARE,
                judged=(task, name, average) == ("multiclass", "f1", "macro"),
                advice=_ADVICE[average],
            )


_ADVICE = {
    "weighted": "It follows the frequent classes. If the macro average has not moved with it, look there first.",
    "macro": "It follows rare classes as much as frequent ones, and rests on few outcomes for them. Find the class in"
    " the families by class.",
}

METRICS = tuple(metric for name in _SCORES for metric in _averages(name))


def _of_each_class(name: str, sums: Statistics, model: Model) -> Iterable[Row]:
    score = _SCORES[name][1](class_counts(model.task, sums))
    return each([(class_name,) for class_name in model.class_names], score)


def _counted(role: str, sums: Statistics, model: Model) -> Iterable[Row]:
    return each([(class_name,) for class_name in model.class_names], sums[f"classes.{role}"])


def _class_count(model: Model) -> int:
    return len(model.class_names)


_CLASS_HELP = {
    "precision": "Of the outcomes predicted as the class, the share that is of it.",
    "recall": "Of the outcomes of the class, the share that was predicted as it.",
    "f1": "Harmonic mean of precision and recall of the class.",
}
_COUNT_HELP = {
    "actual": "Outcomes in the window that are of the class.",
    "predicted": "Outcomes in the window that were predicted as the class.",
    "correct": "Outcomes in the window that are of the class and were predicted as it.",
}

SPREADS = (
    *(
        Spread(
            family(f"ml_class_{name}_ratio", text, "class"), _MULTICLASS, partial(_of_each_class, name), _class_count
        )
        for name, text in _CLASS_HELP.items()
    ),
    *(
        Spread(family(f"ml_class_{role}_outcomes", text, "class"), _MULTICLASS, partial(_counted, role), _class_count)
        for role, text in _COUNT_HELP.items()
    ),
)
