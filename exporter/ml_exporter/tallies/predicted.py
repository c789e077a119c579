"""Prediction tallies of what was predicted: scores, classes, numbers. They wait for no label."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import (
    CLASS_SCORE_BINS,
    SCORE_BINS,
    SCORES_A_CLASS,
    class_score_bin,
    score_bin,
)
from ml_exporter.catalogue.value_bins import VALUE_BINS, value_bin
from ml_exporter.config import ModelSettings
from ml_exporter.events.tasks import binary, multiclass, regression
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, Tally

PREDICTED = ("predicted_scores", "predicted_classes", "predicted_values")
"""The names of the tallies: a model has one of them, by its task."""


def _scores(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    told = _told(predictions, binary.PREDICTED)
    payload = predictions.payload[told]
    score = payload[:, binary.SCORE]
    scored = ~np.isnan(score)
    bins = np.full(len(score), SCORE_BINS, dtype=np.int64)
    bins[scored] = score_bin(score[scored])
    return _one_each(told, payload[:, binary.PREDICTED].astype(np.int64) * SCORES_A_CLASS + bins)


def _classes(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    told = _told(predictions, multiclass.PREDICTED)
    return _one_each(told, predictions.payload[told, multiclass.PREDICTED].astype(np.int64))


def _confidences(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    scored = _told(predictions, multiclass.PREDICTED) & ~np.isnan(predictions.payload[:, multiclass.FIRST_SCORE])
    return _one_each(scored, class_score_bin(multiclass.confidence(predictions.payload[scored]), 1))


def _values(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    told = _told(predictions, regression.PREDICTED)
    return _one_each(told, value_bin(predictions.payload[told, regression.PREDICTED]))


def _sum(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    told = _told(predictions, regression.PREDICTED)
    values = predictions.payload[told, regression.PREDICTED]
    return Contributions(told, np.zeros(len(values), dtype=np.int64), np.column_stack([np.ones_like(values), values]))


def _told(predictions: AcceptedPredictions, column: int) -> NDArray[np.bool_]:
    """Return which rows say what was predicted: successful ones do."""
    return np.asarray(predictions.joinable & ~np.isnan(predictions.payload[:, column]))


def _one_each(rows: NDArray[np.bool_], bins: NDArray[np.int64]) -> Contributions:
    return Contributions(rows, bins, np.ones((len(bins), 1)))


TALLIES = (
    Tally(
        "predicted_scores",
        "predictions",
        ("count",),
        _scores,
        tasks=frozenset({"binary"}),
        bins=2 * SCORES_A_CLASS,
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
    ),
    Tally(
        "predicted_classes",
        "predictions",
        ("count",),
        _classes,
        tasks=frozenset({"multiclass"}),
        bins=multiclass.MOST_CLASSES,
        width=lambda model: len(model.class_names),
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
    ),
    Tally(
        "predicted_confidences",
        "predictions",
        ("count",),
        _confidences,
        tasks=frozenset({"multiclass"}),
        bins=CLASS_SCORE_BINS,
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
    ),
    Tally(
        "predicted_values",
        "predictions",
        ("count",),
        _values,
        tasks=frozenset({"regression"}),
        bins=VALUE_BINS,
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
    ),
    Tally(
        "predicted_sum",
        "predictions",
        ("count", "value"),
        _sum,
        tasks=frozenset({"regression"}),
        sliced=False,
        watched_by_detectors=False,
    ),
)
