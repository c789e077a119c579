"""Tallies of the join itself: outcomes, coverage of labels, and their delay."""

import numpy as np

from ml_exporter.catalogue.feed_state import LABEL_DELAY_EDGES
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies.kind import AcceptedPredictions, Contributions, Tally, everything


def _one_each(events: Outcomes, _model: ModelSettings) -> Contributions:
    rows = len(events)
    return Contributions(everything(rows), np.zeros(rows, dtype=np.int64), np.ones((rows, 1)))


def _joinable(predictions: AcceptedPredictions, _model: ModelSettings) -> Contributions:
    rows = int(predictions.joinable.sum())
    return Contributions(predictions.joinable, np.zeros(rows, dtype=np.int64), np.ones((rows, 1)))


def _delay(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    seconds = np.maximum(outcomes.label_time - outcomes.prediction_time, 0.0)
    bins = np.searchsorted(LABEL_DELAY_EDGES, seconds, side="left").astype(np.int64)
    return Contributions(everything(len(outcomes)), bins, np.column_stack([np.ones_like(seconds), seconds]))


BY_AGE = ("made", "labelled")
"""Tallies that are looked at by the age of predictions, too."""

TALLIES = (
    Tally("outcomes", "outcomes", ("count",), _one_each, lifetime=True),
    Tally("made", "predictions", ("count",), _joinable, lifetime=True, sliced=False),
    Tally("labelled", "outcomes", ("count",), _one_each, sliced=False, by_prediction_time=True),
    Tally(
        "label_delay",
        "outcomes",
        ("count", "seconds"),
        _delay,
        bins=len(LABEL_DELAY_EDGES) + 1,
        windowed=False,
        lifetime=True,
        sliced=False,
    ),
)
