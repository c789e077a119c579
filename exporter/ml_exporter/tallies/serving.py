"""Prediction tallies of serving: requests by status, and their latency. They wait for no label."""

import numpy as np

from ml_exporter.catalogue.bins import LATENCY_BINS, latency_bin
from ml_exporter.catalogue.serving import LATENCY_EDGES
from ml_exporter.config import ModelSettings
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, Tally, everything

STATUS_LIMIT = 32
"""How many statuses are told apart; further ones count as ``__other__``."""


def _requests(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    rows = len(predictions.timestamp)
    return Contributions(
        everything(rows),
        predictions.status,
        np.column_stack([np.ones(rows), predictions.slow]).astype(np.float64),
    )


def _latency(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    timed = ~np.isnan(predictions.latency)
    return Contributions(timed, latency_bin(predictions.latency[timed]), np.ones((int(timed.sum()), 1)))


def _latency_counter(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    timed = ~np.isnan(predictions.latency)
    seconds = predictions.latency[timed]
    bins = np.searchsorted(LATENCY_EDGES, seconds, side="left").astype(np.int64)
    return Contributions(timed, bins, np.column_stack([np.ones_like(seconds), seconds]))


TALLIES = (
    Tally(
        "requests",
        "predictions",
        ("count", "slow"),
        _requests,
        bins=STATUS_LIMIT,
        coded_by="statuses",
        lifetime=True,
        sliced=False,
    ),
    Tally("latency", "predictions", ("count",), _latency, bins=LATENCY_BINS, histogram=True, sliced=False),
    Tally(
        "latency_counter",
        "predictions",
        ("count", "seconds"),
        _latency_counter,
        bins=len(LATENCY_EDGES) + 1,
        windowed=False,
        lifetime=True,
        sliced=False,
    ),
)
