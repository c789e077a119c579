"""Performance estimated before labels are in: what scores have been found to mean, applied to what was predicted since.

The method is the confidence-based performance estimation of NannyML (Bialek et al., arXiv 2401.08348), from binned
scores: a prediction with the calibrated score c counts as c of a positive and 1 - c of a negative. Calibration is
isotonic, on the outcomes whose labels came in the longest window. Among several classes the score is that of the
predicted class, and c how often it was right (top-label calibration; Gupta, Ramdas, arXiv 2107.08353).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.bins import SCORE_BINS, SCORES_A_CLASS
from ml_exporter.catalogue.classification import BINARY, SHARE, Array
from ml_exporter.catalogue.definition import Estimate, Family, Metric, Statistics, series_labels
from ml_exporter.catalogue.intervals import divide

ENOUGH = 1000
"""Outcomes with a score that a calibration must rest on."""

_AREA = "quality estimated before labels"
_MULTICLASS = frozenset({"multiclass"})


def calibrated(failures: Array, successes: Array) -> Array:
    """Return how often a score of each bin came true: the isotonic regression, linear between bins with outcomes.

    Args:
        failures: (series, bins) outcomes by rising score that did not come true.
        successes: likewise those that did.

    Returns:
        (series, bins), NaN for a series with fewer than ``ENOUGH`` outcomes.
    """
    counts = failures + successes
    meaning = np.full(counts.shape, np.nan)
    for row in np.flatnonzero(counts.sum(axis=1) >= ENOUGH):
        filled = np.flatnonzero(counts[row] > 0)
        count = counts[row, filled]
        fitted = isotonic_regression(successes[row, filled] / count, weights=count).x
        meaning[row] = np.interp(np.arange(counts.shape[1]), filled, fitted)
    return meaning


@dataclass(frozen=True)
class _Expected:
    """How many predictions of binary models are expected to turn out as what, (series,) each."""

    true_positives: Array
    false_positives: Array
    false_negatives: Array
    true_negatives: Array


def _meaning_and_predictions(sums: Statistics) -> tuple[Array, Array, Array]:
    """Return what scores mean, and how many were predicted negative and positive, (series, bins) each."""
    meaning = calibrated(sums["known.scores.negatives"], sums["known.scores.positives"])
    by_class = sums["predicted_scores.count"].reshape(-1, 2, SCORES_A_CLASS)[:, :, :SCORE_BINS]
    return meaning, by_class[:, 0], by_class[:, 1]


def _expected(sums: Statistics) -> _Expected:
    meaning, negative, positive = _meaning_and_predictions(sums)
    true_positives, false_negatives = _over_bins(positive, meaning), _over_bins(negative, meaning)
    return _Expected(
        true_positives=true_positives,
        false_positives=positive.sum(axis=1) - true_positives,
        false_negatives=false_negatives,
        true_negatives=negative.sum(axis=1) - false_negatives,
    )


def _over_bins(counts: Array, meaning: Array) -> Array:
    return np.asarray(np.einsum("sb,sb->s", counts, meaning))


def _ratio(parts: Callable[[_Expected], tuple[Array, Array]]) -> Callable[[Statistics], Estimate]:
    """Return the estimate of a ratio of two sums over all predictions."""

    def estimate(sums: Statistics) -> Estimate:
        return Estimate.without_interval(divide(*parts(_expected(sums))))

    return estimate


def _right(expected: _Expected) -> tuple[Array, Array]:
    right = expected.true_positives + expected.true_negatives
    return right, right + expected.false_positives + expected.false_negatives


def _precision(expected: _Expected) -> tuple[Array, Array]:
    return expected.true_positives, expected.true_positives + expected.false_positives


def _recall(expected: _Expected) -> tuple[Array, Array]:
    return expected.true_positives, expected.true_positives + expected.false_negatives


def _f1(expected: _Expected) -> tuple[Array, Array]:
    twice = 2 * expected.true_positives
    return twice, twice + expected.false_positives + expected.false_negatives


def _auc_roc(sums: Statistics) -> Estimate:
    meaning, negative, positive = _meaning_and_predictions(sums)
    made = negative + positive
    return Estimate.without_interval(intervals.area_under_roc(made * (1 - meaning), made * meaning))


def _accuracy_of_classes(sums: Statistics) -> Estimate:
    meaning = calibrated(sums["known.confidences.wrong"], sums["known.confidences.right"])
    made = sums["predicted_confidences.count"]
    return Estimate.without_interval(divide(_over_bins(made, meaning), made.sum(axis=1)))


_METHOD = "c: isotonic regression of outcomes on the score, over the outcomes of the longest window, at least 1000"
_LABELLED = "Once labels are in, the realised one knows better."


def _metric(
    name: str,
    title: str,
    unit: str,
    estimate: Callable[[Statistics], Estimate],
    formula: str,
    advice: str,
    *,
    tasks: frozenset[str] = BINARY,
    counted_by: str = "predicted_scores.count",
) -> Metric:
    realised = f"ml_{name}{unit}"
    return Metric(
        id=f"estimated_{name}",
        title=f"Estimated {title}",
        family=Family(
            f"ml_estimated_{name}{unit}",
            "gauge",
            f"{title[:1].upper()}{title[1:]} of the predictions made in the window, estimated from their scores before"
            " their labels are in (CBPE). It cannot see concept drift: a change of what scores mean."
            f" {realised} can, once labels are in.",
            series_labels(),
            _AREA,
        ),
        tasks=tasks,
        clock="prediction",
        direction="higher",
        estimate=estimate,
        source="NannyML, CBPE; Bialek et al., arXiv 2401.08348",
        formula=f"{formula} ({_METHOD})",
        counted_by=counted_by,
        limits=SHARE,
        estimated=True,
        advice=advice,
    )


_ACCURACY_ADVICE = (
    "The model is asked about cases of which it is less sure: look at the drift of features. If only the realised one"
    " falls, scores have changed their meaning (concept drift): recalibrate or retrain."
)

METRICS = (
    _metric(
        "accuracy",
        "accuracy",
        "_ratio",
        _ratio(_right),
        "sum of c over predicted positives and of 1 - c over predicted negatives / predictions with a score",
        _ACCURACY_ADVICE,
    ),
    _metric(
        "accuracy",
        "accuracy",
        "_ratio",
        _accuracy_of_classes,
        "mean over predictions of c, how often a class predicted with such a score was right",
        _ACCURACY_ADVICE,
        tasks=_MULTICLASS,
        counted_by="predicted_confidences.count",
    ),
    _metric(
        "precision",
        "precision",
        "_ratio",
        _ratio(_precision),
        "TP / (TP + FP) with TP = sum of c, FP = sum of 1 - c over predicted positives",
        f"Positives are predicted with less certainty. {_LABELLED}",
    ),
    _metric(
        "recall",
        "recall",
        "_ratio",
        _ratio(_recall),
        "TP / (TP + FN) with TP = sum of c over predicted positives, FN = sum of c over predicted negatives",
        f"More cases lie just below the threshold. {_LABELLED}",
    ),
    _metric(
        "f1",
        "F1 score",
        "_ratio",
        _ratio(_f1),
        "2 TP / (2 TP + FP + FN) with sums of c and 1 - c as for precision and recall",
        f"Look at which of the estimated precision and recall has moved. {_LABELLED}",
    ),
    _metric(
        "auc_roc",
        "ROC AUC",
        "",
        _auc_roc,
        "area under the ROC curve where a prediction counts as c of a positive and 1 - c of a negative, from 1000 bins",
        f"The cases that come in have become harder to tell apart. {_LABELLED}",
    ),
)
