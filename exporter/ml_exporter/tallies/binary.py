"""Outcome tallies of the binary task: confusion counts, losses, scores by class, calibration."""

import numpy as np

from ml_exporter.catalogue.bins import CALIBRATION_BINS, SCORE_BINS, calibration_bin, score_bin
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.binary import PREDICTED, SCORE
from ml_exporter.tallies.kind import Contributions, Tally, everything

_BINARY = frozenset({"binary"})
_SMALLEST_PROBABILITY = 1e-15


def _confusion_and_losses(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    predicted, actual = outcomes.payload[:, PREDICTED] == 1, outcomes.actual[:, 0] == 1
    score = outcomes.payload[:, SCORE]
    scored = ~np.isnan(score)
    certain = np.where(scored, score, 0.5)
    likelihood = np.clip(np.where(actual, certain, 1 - certain), _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    log_loss = np.where(scored, -np.log(likelihood), 0.0)
    squared_error = np.where(scored, (certain - actual) ** 2, 0.0)
    columns = (
        predicted & actual,
        predicted & ~actual,
        ~predicted & actual,
        ~predicted & ~actual,
        scored,
        log_loss,
        log_loss**2,
        squared_error,
        squared_error**2,
    )
    rows = len(outcomes)
    return Contributions(everything(rows), np.zeros(rows, dtype=np.int64), np.column_stack(columns).astype(np.float64))


def _scores(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    score = outcomes.payload[:, SCORE]
    scored = ~np.isnan(score)
    positive = outcomes.actual[scored, 0] == 1
    return Contributions(scored, score_bin(score[scored]), np.column_stack([~positive, positive]).astype(np.float64))


def _calibration(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    score = outcomes.payload[:, SCORE]
    scored = ~np.isnan(score)
    score, positive = score[scored], outcomes.actual[scored, 0]
    return Contributions(
        scored,
        calibration_bin(score),
        np.column_stack([np.ones_like(score), score, positive]).astype(np.float64),
    )


TALLIES = (
    Tally(
        name="binary",
        source="outcomes",
        columns=(
            "true_positives",
            "false_positives",
            "false_negatives",
            "true_negatives",
            "scored",
            "log_loss",
            "log_loss_squared",
            "squared_error",
            "squared_error_squared",
        ),
        contribute=_confusion_and_losses,
        tasks=_BINARY,
        lifetime=True,
    ),
    Tally(
        name="scores",
        source="outcomes",
        columns=("negatives", "positives"),
        contribute=_scores,
        tasks=_BINARY,
        bins=SCORE_BINS,
        histogram=True,
        calibrates=True,
    ),
    Tally(
        name="calibration",
        source="outcomes",
        columns=("count", "score", "positives"),
        contribute=_calibration,
        tasks=_BINARY,
        bins=CALIBRATION_BINS,
    ),
)
