"""What is predicted, before any label: how much, which classes, which numbers."""

from collections.abc import Iterable

import numpy as np

from ml_exporter.catalogue.bins import SCORES_A_CLASS
from ml_exporter.catalogue.classification import TASKS, Array
from ml_exporter.catalogue.definition import Family, Model, Row, Spread, Statistics, each, series_labels
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import REGRESSION
from ml_exporter.catalogue.residuals import PERCENTILES
from ml_exporter.catalogue.value_bins import value_at_percentile

_AREA = "volume and mix of predictions"


def _family(name: str, help_text: str, *extra_labels: str) -> Family:
    return Family(name, "gauge", help_text, (*series_labels(), *extra_labels), _AREA)


def _volume(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), sums["made.count"])]


def _by_class(sums: Statistics, model: Model) -> Iterable[Row]:
    return each([(name,) for name in model.class_names], _class_counts(sums, model))


def _class_counts(sums: Statistics, model: Model) -> Array:
    if model.task == "multiclass":
        return sums["predicted_classes.count"]
    return np.asarray(sums["predicted_scores.count"].reshape(-1, 2, SCORES_A_CLASS).sum(axis=2))


def _class_count(model: Model) -> int:
    return len(model.class_names)


def _mean(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((), divide(sums["predicted_sum.value"], sums["predicted_sum.count"]))]


def _percentiles(sums: Statistics, _model: Model) -> Iterable[Row]:
    return [((str(number),), value_at_percentile(sums["predicted_values.count"], number)) for number in PERCENTILES]


def _percentile_count(_model: Model) -> int:
    return len(PERCENTILES)


def _one(_model: Model) -> int:
    return 1


SPREADS = (
    Spread(
        _family(
            "ml_window_predictions",
            "Predictions made in the window and accepted into the join, labelled or not. If it falls, look at the"
            " requests by status, and at the feed.",
        ),
        None,
        _volume,
        _one,
    ),
    Spread(
        _family(
            "ml_class_predictions",
            "Predictions made in the window as the class. If the mix moves, the cases or the model have changed: look"
            " at the drift of features.",
            "class",
        ),
        frozenset(TASKS),
        _by_class,
        _class_count,
    ),
    Spread(
        _family("ml_predicted_value_mean", "Mean of the numbers predicted in the window."),
        REGRESSION,
        _mean,
        _one,
    ),
    Spread(
        _family(
            "ml_predicted_value_percentile",
            "Percentile of the numbers predicted in the window, within 1 % of the exact one; amounts below 1e-6 count"
            " as 0.",
            "percentile",
        ),
        REGRESSION,
        _percentiles,
        _percentile_count,
    ),
)
