"""How good scores are as probabilities: losses and calibration."""

from functools import partial

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.classification import SHARE, TASKS, Array, family, scored
from ml_exporter.catalogue.definition import Estimate, Metric, Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.reliability import reliability

_LARGEST_BRIER = {"binary": 1.0, "multiclass": 2.0}
_LARGEST_LOG_LOSS = -float(np.log(1e-15))

_LOG_LOSS = family("ml_log_loss", "Mean negative log likelihood of the actual class, scores clipped at 1e-15.")
_BRIER = family(
    "ml_brier_score",
    "Mean squared difference of score and outcome: of the positive class, or summed over several classes.",
)
_CALIBRATION = family(
    "ml_calibration_error_ratio",
    "Expected calibration error: mean distance of score and frequency over 15 equal-width bins; of the positive class,"
    " or among several of the predicted class.",
)


def _mean_loss(task: str, loss: str, largest: float, sums: Statistics) -> Estimate:
    total, squares, count = sums[f"{task}.{loss}"], sums[f"{task}.{loss}_squared"], sums[scored(task)]
    lower, upper = intervals.mean(total, squares, count)
    return Estimate(divide(total, count), np.maximum(lower, 0.0), np.minimum(upper, largest))


def _by_loss(task: str, sums: Statistics) -> Array:
    """Return scored outcomes by rising loss, (series, bins): by the falling score of the actual class.

    In a binary model a positive with a low score loses as a negative with a high one does.
    """
    if task == "multiclass":
        of_actual = sums["class_scores.positives"]
        by_class = of_actual.reshape(len(of_actual), sums["classes.actual"].shape[1], -1)
        return np.asarray(by_class.sum(axis=1)[:, ::-1])
    return np.asarray(sums["scores.negatives"] + sums["scores.positives"][:, ::-1])


def _calibration_error(task: str, sums: Statistics) -> Estimate:
    count, score, came_true = reliability(task, sums)
    return Estimate.without_interval(divide(np.abs(score - came_true).sum(axis=1), count.sum(axis=1)))


METRICS = (
    *(
        Metric(
            id="log_loss",
            title="Log loss",
            family=_LOG_LOSS,
            tasks=frozenset({task}),
            clock="outcome",
            direction="lower",
            estimate=partial(_mean_loss, task, "log_loss", _LARGEST_LOG_LOSS),
            source="scikit-learn, log_loss",
            formula="mean of -ln(score of the actual class)",
            interval="normal, from the second moment",
            counted_by=scored(task),
            limits=(0.0, _LARGEST_LOG_LOSS),
            ranked=partial(_by_loss, task),
            advice="It punishes confident mistakes most: a few of them can move it alone. If ROC AUC holds, the scores"
            " have lost their calibration: recalibrate; otherwise retrain.",
        )
        for task in TASKS
    ),
    *(
        Metric(
            id="brier_score",
            title="Brier score",
            family=_BRIER,
            tasks=frozenset({task}),
            clock="outcome",
            direction="lower",
            estimate=partial(_mean_loss, task, "squared_error", largest),
            source="scikit-learn, brier_score_loss; Brier 1950",
            formula="mean of (score - actual)^2"
            if task == "binary"
            else "mean of the sum over classes of (score - actual)^2",
            interval="normal, from the second moment",
            counted_by=scored(task),
            limits=(0.0, largest),
            advice="It rises with worse ranking and with worse calibration: ROC AUC and calibration error say which.",
        )
        for task, largest in _LARGEST_BRIER.items()
    ),
    *(
        Metric(
            id="calibration_error",
            title="Calibration error",
            family=_CALIBRATION,
            tasks=frozenset({task}),
            clock="outcome",
            direction="lower",
            estimate=partial(_calibration_error, task),
            source="Naeini, Cooper, Hauskrecht 2015",
            formula="sum of |sum of scores - outcomes that came true| over 15 score bins / scored outcomes",
            counted_by=scored(task),
            limits=SHARE,
            advice="Scores no longer mean what they say: look at the reliability curve, and recalibrate before anyone"
            " decides by a score. Few outcomes alone make it large.",
        )
        for task in TASKS
    ),
)
