"""Outcome tallies of the scores that multiclass models give to their classes.

Losses, calibration, the rank of the actual class, and for each class the histogram of its scores.
"""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import (
    CALIBRATION_BINS,
    CLASS_SCORE_BINS,
    calibration_bin,
    class_score_bin,
    class_score_step,
)
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.multiclass import FIRST_SCORE, MOST_CLASSES, TOP_K_OFFERED, confidence
from ml_exporter.tallies.classes import predicted_and_actual
from ml_exporter.tallies.kind import Contributions, Tally

_MULTICLASS = frozenset({"multiclass"})
_SMALLEST_PROBABILITY = 1e-15


def _scored(outcomes: Outcomes) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the rows that have scores, and these, (scored rows, classes): 0 for a class newer than the prediction."""
    scores = outcomes.payload[:, FIRST_SCORE:]
    rows = np.flatnonzero(~np.isnan(scores[:, 0]))
    return rows, np.nan_to_num(scores[rows])


def _losses(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    rows, scores = _scored(outcomes)
    actual = predicted_and_actual(outcomes)[1][rows]
    places = np.arange(len(rows))
    likelihood = np.clip(scores[places, actual], _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    log_loss = -np.log(likelihood)
    scores[places, actual] -= 1
    squared_error = (scores**2).sum(axis=1)
    columns = (np.ones(len(rows)), log_loss, log_loss**2, squared_error, squared_error**2)
    return Contributions(rows, np.zeros(len(rows), dtype=np.int64), np.column_stack(columns))


def _confidence(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    rows, scores = _scored(outcomes)
    predicted, actual = (codes[rows] for codes in predicted_and_actual(outcomes))
    score = scores[np.arange(len(rows)), predicted]
    values = np.column_stack([np.ones(len(rows)), score, predicted == actual])
    return Contributions(rows, calibration_bin(score), values)


def _confidences(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    rows, _ = _scored(outcomes)
    predicted, actual = (codes[rows] for codes in predicted_and_actual(outcomes))
    right = predicted == actual
    values = np.column_stack([~right, right]).astype(np.float64)
    return Contributions(rows, class_score_bin(confidence(outcomes.payload[rows]), 1), values)


def _rank(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    """Rank the actual class by its score, from 0; of equal scores the later class is first, as in scikit-learn."""
    rows, scores = _scored(outcomes)
    actual = predicted_and_actual(outcomes)[1][rows]
    own = scores[np.arange(len(rows)), actual][:, None]
    later = np.arange(scores.shape[1]) > actual[:, None]
    before = (scores > own) | ((scores == own) & later)
    return Contributions(rows, before.sum(axis=1), np.ones((len(rows), 1)))


def _class_scores(outcomes: Outcomes, model: ModelSettings) -> Contributions:
    """Count each outcome once for every class whose score is not in the lowest bin, and always for its actual class.

    What is missing in the lowest bin of a class follows from the outcomes of the other classes, so that most of the
    many small scores of a model with many classes cost nothing.
    """
    rows, scores = _scored(outcomes)
    actual = predicted_and_actual(outcomes)[1][rows]
    step = class_score_step(len(model.class_names))
    bins = class_score_bin(scores, step)
    own = np.arange(scores.shape[1]) == actual[:, None]
    event, class_code = np.nonzero((bins > 0) | own)
    positive = own[event, class_code]
    return Contributions(
        rows[event],
        class_code * CLASS_SCORE_BINS + bins[event, class_code],
        np.column_stack([~positive, positive]).astype(np.float64),
    )


def _class_count(model: ModelSettings) -> int:
    return len(model.class_names)


def _class_score_bins(model: ModelSettings) -> int:
    return len(model.class_names) * CLASS_SCORE_BINS


def _class_score_step(model: ModelSettings) -> int:
    return class_score_step(len(model.class_names))


TALLIES = (
    Tally(
        name="multiclass",
        source="outcomes",
        columns=("scored", "log_loss", "log_loss_squared", "squared_error", "squared_error_squared"),
        contribute=_losses,
        tasks=_MULTICLASS,
    ),
    Tally(
        name="confidence",
        source="outcomes",
        columns=("count", "score", "correct"),
        contribute=_confidence,
        tasks=_MULTICLASS,
        bins=CALIBRATION_BINS,
    ),
    Tally(
        name="confidences",
        source="outcomes",
        columns=("wrong", "right"),
        contribute=_confidences,
        tasks=_MULTICLASS,
        bins=CLASS_SCORE_BINS,
        histogram=True,
        sliced=False,
        watched_by_detectors=False,
        calibrates=True,
    ),
    Tally(
        name="actual_rank",
        source="outcomes",
        columns=("count",),
        contribute=_rank,
        tasks=_MULTICLASS,
        needs=frozenset({TOP_K_OFFERED}),
        bins=MOST_CLASSES,
        width=_class_count,
    ),
    Tally(
        name="class_scores",
        source="outcomes",
        columns=("negatives", "positives"),
        contribute=_class_scores,
        tasks=_MULTICLASS,
        bins=MOST_CLASSES * CLASS_SCORE_BINS,
        width=_class_score_bins,
        step=_class_score_step,
        histogram=True,
    ),
)
