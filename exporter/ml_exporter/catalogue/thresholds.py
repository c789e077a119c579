"""What another decision threshold would do: precision, recall, false positives and lift, exact at some thresholds."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from ml_exporter.catalogue.bins import THRESHOLDS
from ml_exporter.catalogue.classification import BINARY, Array, family
from ml_exporter.catalogue.definition import Model, Row, Spread, Statistics, each
from ml_exporter.catalogue.intervals import divide

_LABELS = [f"{threshold:g}" for threshold in THRESHOLDS]


def _reaching(sums: Statistics) -> tuple[Array, Array]:
    """Return the negatives and the positives whose score is at or above each threshold, (series, thresholds) each."""
    negatives, positives = sums["thresholds.negatives"], sums["thresholds.positives"]
    return np.cumsum(negatives[:, ::-1], axis=1)[:, ::-1], np.cumsum(positives[:, ::-1], axis=1)[:, ::-1]


def _precision(negatives: Array, positives: Array) -> Array:
    return divide(positives, negatives + positives)


def _recall(_negatives: Array, positives: Array) -> Array:
    return divide(positives, positives[:, :1])


def _false_positives(negatives: Array, _positives: Array) -> Array:
    return divide(negatives, negatives[:, :1])


def _lift(negatives: Array, positives: Array) -> Array:
    precision = _precision(negatives, positives)
    return divide(precision, precision[:, :1])


def _curve(point: Callable[[Array, Array], Array], sums: Statistics, _model: Model) -> Iterable[Row]:
    return each([(label,) for label in _LABELS], point(*_reaching(sums)))


def _outcomes(sums: Statistics, model: Model) -> Iterable[Row]:
    for class_name, table in zip(model.class_names, _reaching(sums), strict=True):
        yield from each([(label, class_name) for label in _LABELS], table)


def _thresholds(_model: Model) -> int:
    return len(THRESHOLDS)


def _thresholds_by_class(model: Model) -> int:
    return len(THRESHOLDS) * len(model.class_names)


_CURVES: tuple[tuple[str, str, Callable[[Array, Array], Array]], ...] = (
    (
        "ml_threshold_precision_ratio",
        "Precision of the positive class if every score from the threshold on meant it.",
        _precision,
    ),
    (
        "ml_threshold_recall_ratio",
        "Recall of the positive class if every score from the threshold on meant it.",
        _recall,
    ),
    (
        "ml_threshold_false_positive_ratio",
        "Share of the negative outcomes whose score is at or above the threshold.",
        _false_positives,
    ),
    (
        "ml_threshold_lift",
        "How many times more frequent positives are among the scores from the threshold on than among all.",
        _lift,
    ),
)

SPREADS = (
    *(
        Spread(family(name, text, "threshold"), BINARY, partial(_curve, point), _thresholds)
        for name, text, point in _CURVES
    ),
    Spread(
        family(
            "ml_threshold_outcomes",
            "Scored outcomes in the window whose score is at or above the threshold, by actual class.",
            "threshold",
            "actual",
        ),
        BINARY,
        _outcomes,
        _thresholds_by_class,
    ),
)
