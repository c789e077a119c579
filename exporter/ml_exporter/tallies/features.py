"""Prediction tally of features: how often each value, by bin, and what is wrong with values."""

import numpy as np

from ml_exporter.config import ModelSettings
from ml_exporter.tallies.feature_bins import MOST_SLOTS, OUT_OF_RANGE, STRIDE
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, Tally

FEATURES = "features"


def _features(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    """Count each value of a successful request in its bin, and one out of range in that bin besides."""
    rows, bins = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.int64)]
    told = np.flatnonzero(predictions.sampled)
    for feature in predictions.features:
        beyond = told[feature.out_of_range]
        rows += [told, beyond]
        first = feature.slot * STRIDE
        bins += [first + feature.bins, np.full(len(beyond), first + OUT_OF_RANGE, dtype=np.int64)]
    contributing = np.concatenate(rows)
    return Contributions(contributing, np.concatenate(bins), np.ones((len(contributing), 1)))


def _featured(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    rows = int(predictions.sampled.sum())
    return Contributions(predictions.sampled, np.zeros(rows, dtype=np.int64), np.ones((rows, 1)))


TALLIES = (
    Tally(
        FEATURES,
        "predictions",
        ("count",),
        _features,
        needs=frozenset({"features"}),
        bins=STRIDE * MOST_SLOTS,
        coded_by="features",
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
    ),
    Tally(
        "featured",
        "predictions",
        ("count",),
        _featured,
        needs=frozenset({"features"}),
        sliced=False,
        watched_by_detectors=False,
    ),
)
