"""Metrics of the binary task, from the tallies ``binary``, ``scores`` and ``calibration``."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.definition import (
    Direction,
    Estimate,
    Family,
    Metric,
    Model,
    Row,
    Spread,
    Statistics,
    series_labels,
)
from ml_exporter.catalogue.intervals import divide

Array = NDArray[np.float64]
_BINARY = frozenset({"binary"})
_AREA = "quality of binary classification"


def _family(name: str, help_text: str, *extra_labels: str) -> Family:
    return Family(name, "gauge", help_text, (*series_labels(), *extra_labels), _AREA)


def _confusion(sums: Statistics) -> tuple[Array, Array, Array, Array]:
    """Return true positives, false positives, false negatives, true negatives."""
    return (
        sums["binary.true_positives"],
        sums["binary.false_positives"],
        sums["binary.false_negatives"],
        sums["binary.true_negatives"],
    )


def _accuracy(sums: Statistics) -> Estimate:
    hit, false_alarm, miss, rest = _confusion(sums)
    return _proportion(hit + rest, hit + false_alarm + miss + rest)


def _precision(sums: Statistics) -> Estimate:
    hit, false_alarm, _, _ = _confusion(sums)
    return _proportion(hit, hit + false_alarm)


def _recall(sums: Statistics) -> Estimate:
    hit, _, miss, _ = _confusion(sums)
    return _proportion(hit, hit + miss)


def _proportion(successes: Array, trials: Array) -> Estimate:
    return Estimate(divide(successes, trials), *intervals.wilson(successes, trials))


def _f1(sums: Statistics) -> Estimate:
    hit, false_alarm, miss, _ = _confusion(sums)
    return Estimate(divide(2 * hit, 2 * hit + false_alarm + miss), *intervals.f1(hit, false_alarm + miss))


def _auc_roc(sums: Statistics) -> Estimate:
    return Estimate(*intervals.auc_roc(sums["scores.negatives"], sums["scores.positives"]))


def _auc_pr(sums: Statistics) -> Estimate:
    hits = np.cumsum(sums["scores.positives"][:, ::-1], axis=1)
    flagged = hits + np.cumsum(sums["scores.negatives"][:, ::-1], axis=1)
    gained = np.diff(hits, axis=1, prepend=0.0)
    precision = np.nan_to_num(divide(hits, flagged))
    return Estimate.without_interval(divide((gained * precision).sum(axis=1), hits[:, -1]))


def _log_loss(sums: Statistics) -> Estimate:
    return _mean_loss(sums["binary.log_loss"], sums["binary.log_loss_squared"], sums["binary.scored"], np.inf)


def _brier_score(sums: Statistics) -> Estimate:
    return _mean_loss(sums["binary.squared_error"], sums["binary.squared_error_squared"], sums["binary.scored"], 1.0)


def _mean_loss(total: Array, total_of_squares: Array, count: Array, largest: float) -> Estimate:
    lower, upper = intervals.mean(total, total_of_squares, count)
    return Estimate(divide(total, count), np.maximum(lower, 0.0), np.minimum(upper, largest))


def _calibration_error(sums: Statistics) -> Estimate:
    gap = np.abs(sums["calibration.score"] - sums["calibration.positives"]).sum(axis=1)
    return Estimate.without_interval(divide(gap, sums["calibration.count"].sum(axis=1)))


ClassScore = Callable[[Array, Array, Array], Array]
"""From one class's true positives, false positives and false negatives to its score, 0 where undefined."""


def _class_precision(hit: Array, false_alarm: Array, _miss: Array) -> Array:
    return np.nan_to_num(divide(hit, hit + false_alarm))


def _class_recall(hit: Array, _false_alarm: Array, miss: Array) -> Array:
    return np.nan_to_num(divide(hit, hit + miss))


def _class_f1(hit: Array, false_alarm: Array, miss: Array) -> Array:
    return np.nan_to_num(divide(2 * hit, 2 * hit + false_alarm + miss))


def _averaged(score: ClassScore, average: str) -> Callable[[Statistics], Estimate]:
    """Average a class score over both classes, weighted by their outcomes or (macro) over the classes seen."""

    def estimate(sums: Statistics) -> Estimate:
        hit, false_alarm, miss, rest = _confusion(sums)
        scores = np.stack([score(hit, false_alarm, miss), score(rest, miss, false_alarm)])
        actual = np.stack([hit + miss, rest + false_alarm])
        seen = np.stack([hit + false_alarm + miss, rest + false_alarm + miss]) > 0
        weights = actual if average == "weighted" else seen.astype(np.float64)
        return Estimate.without_interval(divide((scores * weights).sum(axis=0), weights.sum(axis=0)))

    return estimate


def _metric(
    metric_id: str,
    title: str,
    family: Family,
    estimate: Callable[[Statistics], Estimate],
    formula: str,
    interval: str | None = None,
    direction: Direction = "higher",
    **fixed_labels: str,
) -> Metric:
    scored = {"auc_roc", "auc_pr", "log_loss", "brier_score", "calibration_error"}
    return Metric(
        metric_id,
        title,
        family,
        _BINARY,
        "outcome",
        direction,
        estimate,
        formula,
        interval,
        fixed_labels,
        counted_by="binary.scored" if metric_id in scored else "outcomes.count",
        headline=metric_id == "accuracy",
    )


def _averages(name: str, title: str, score: ClassScore) -> tuple[Metric, ...]:
    family = _family(
        f"ml_averaged_{name}_ratio",
        f"{title} averaged over the classes: weighted by their outcomes, or macro, each class alike.",
        "average",
    )
    return tuple(
        _metric(
            f"{name}_{average}",
            f"{title}, {average} average",
            family,
            _averaged(score, average),
            f"mean over the classes seen of the class's {name}, "
            + ("weighted by its outcomes" if average == "weighted" else "each class alike")
            + "; 0 where nothing can be divided",
            average=average,
        )
        for average in ("weighted", "macro")
    )


METRICS = (
    _metric(
        "accuracy",
        "Accuracy",
        _family("ml_accuracy_ratio", "Share of outcomes in the window whose predicted class is the actual one."),
        _accuracy,
        "(TP + TN) / (TP + FP + FN + TN)",
        "Wilson",
    ),
    _metric(
        "precision",
        "Precision",
        _family("ml_precision_ratio", "Of the outcomes predicted positive, the share that is positive."),
        _precision,
        "TP / (TP + FP)",
        "Wilson",
    ),
    _metric(
        "recall",
        "Recall",
        _family("ml_recall_ratio", "Of the positive outcomes, the share that was predicted positive."),
        _recall,
        "TP / (TP + FN)",
        "Wilson",
    ),
    _metric(
        "f1",
        "F1 score",
        _family("ml_f1_ratio", "Harmonic mean of precision and recall of the positive class."),
        _f1,
        "2 TP / (2 TP + FP + FN)",
        "Wilson on TP / (TP + FP + FN), mapped",
    ),
    *_averages("precision", "Precision", _class_precision),
    *_averages("recall", "Recall", _class_recall),
    *_averages("f1", "F1 score", _class_f1),
    _metric(
        "auc_roc",
        "ROC AUC",
        _family("ml_auc_roc", "Area under the ROC curve, from 1000 score bins."),
        _auc_roc,
        "sum of p_b (N_below_b + n_b / 2) / (P N) over score bins",
        "DeLong on the logit scale; Hanley-McNeil below 50 of a class",
    ),
    _metric(
        "auc_pr",
        "Average precision",
        _family("ml_auc_pr", "Area under the precision-recall curve (average precision), from 1000 score bins."),
        _auc_pr,
        "sum over falling thresholds of (recall gained) x precision",
    ),
    _metric(
        "log_loss",
        "Log loss",
        _family("ml_log_loss", "Mean negative log likelihood of the actual class, scores clipped at 1e-15."),
        _log_loss,
        "mean of -ln(score of the actual class)",
        "normal, from the second moment",
        "lower",
    ),
    _metric(
        "brier_score",
        "Brier score",
        _family("ml_brier_score", "Mean squared difference of the score and the outcome of the positive class."),
        _brier_score,
        "mean of (score - actual)^2",
        "normal, from the second moment",
        "lower",
    ),
    _metric(
        "calibration_error",
        "Calibration error",
        _family(
            "ml_calibration_error_ratio",
            "Expected calibration error: mean distance of score and frequency over 15 equal-width bins.",
        ),
        _calibration_error,
        "sum of |sum of scores - positives| over bins / scored outcomes",
        None,
        "lower",
    ),
)

CONFUSION_OUTCOMES = Family(
    "ml_confusion_outcomes",
    "gauge",
    "Outcomes in the window by actual and predicted class.",
    (*series_labels(), "actual", "predicted"),
    _AREA,
)
CONFUSION_TOTAL = Family(
    "ml_confusion_total",
    "counter",
    "Outcomes by actual and predicted class since the store was made.",
    (*series_labels(window=False), "actual", "predicted"),
    _AREA,
)


def _confusion_rows(sums: Statistics, model: Model) -> Iterable[Row]:
    negative, positive = model.class_names
    return (
        ((positive, positive), sums["binary.true_positives"]),
        ((positive, negative), sums["binary.false_negatives"]),
        ((negative, positive), sums["binary.false_positives"]),
        ((negative, negative), sums["binary.true_negatives"]),
    )


def _four(_model: Model) -> int:
    return 4


SPREADS = (
    Spread(CONFUSION_OUTCOMES, _BINARY, _confusion_rows, _four),
    Spread(CONFUSION_TOTAL, _BINARY, _confusion_rows, _four, since_the_beginning=True),
)
