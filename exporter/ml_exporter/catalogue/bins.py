"""The bins of the histograms that tallies keep. They are part of the stored format: they never change."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

SCORE_BINS = 1000
"""Logit-spaced, so that rare events keep their resolution near 0 and 1."""

SCORE_LIMIT = 1e-6
"""Scores are clipped to [limit, 1 - limit] before they are binned."""

SCORES_A_CLASS = SCORE_BINS + 1
"""Bins of the binary predictions of one class: those of the score, and one for predictions without."""

CALIBRATION_BINS = 15
"""Of equal width on [0, 1]."""

THRESHOLDS = (
    *(0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    *(0.95, 0.98, 0.99, 0.995, 0.998, 0.999),
)
"""The thresholds at which the curves of precision and recall are known exactly: fine near 0 and 1, for rare events."""

CLASS_SCORE_BINS = 128
"""Of one class among several, logit-spaced like those of a binary score."""

CLASS_SCORE_LIMIT = 1e-5
"""Scores of one class among several are clipped to [limit, 1 - limit] before they are binned."""

MOST_CLASS_SCORE_CELLS = 6400
"""The score bins of all classes together: 128 a class up to 50 classes, 64 up to 100, 32 up to 200."""

LATENCY_ACCURACY = 0.01
"""Relative error of a latency quantile, by bins whose edges grow by (1 + a) / (1 - a)."""

LATENCY_FLOOR, LATENCY_CEILING = 1e-6, 1e4
"""Seconds; latencies beyond are counted in the outermost bin."""

_GROWTH = np.log((1 + LATENCY_ACCURACY) / (1 - LATENCY_ACCURACY))
LATENCY_BINS = int(np.ceil(np.log(LATENCY_CEILING / LATENCY_FLOOR) / _GROWTH)) + 1


def score_bin(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each score; the score must be within [0, 1]."""
    return _logit_bin(score, SCORE_LIMIT, SCORE_BINS)


def _logit_bin(score: NDArray[np.float64], limit: float, bins: int) -> NDArray[np.int64]:
    lowest = float(logit(limit))
    logits = logit(np.clip(score, limit, 1 - limit))
    position = (logits - lowest) / (-2 * lowest) * bins
    return np.clip(position.astype(np.int64), 0, bins - 1)


def threshold_bin(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of the highest threshold that each score reaches."""
    return np.searchsorted(THRESHOLDS, score, side="right").astype(np.int64) - 1


def class_score_step(classes: int) -> int:
    """Return how many neighbouring class score bins a model of so many classes lays together, a power of two."""
    step = 1
    while classes * CLASS_SCORE_BINS // step > MOST_CLASS_SCORE_CELLS:
        step *= 2
    return step


def class_score_bin(score: NDArray[np.float64], step: int) -> NDArray[np.int64]:
    """Return the bin of each score of a class: the first one of those that are laid together."""
    return _logit_bin(score, CLASS_SCORE_LIMIT, CLASS_SCORE_BINS) // step * step


def confusion_bin(actual: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bin of each cell of the confusion matrix, in shells: the first K^2 bins are those of K classes.

    So a class that is added at the end changes no bin (the Rosenberg-Strong pairing function).
    """
    shell = np.maximum(actual, predicted)
    return np.asarray(shell**2 + np.where(actual == shell, predicted, shell + 1 + actual), dtype=np.int64)


def confusion_bins(classes: int) -> NDArray[np.int64]:
    """Return the bins of a confusion matrix, (classes, classes), actual by predicted."""
    codes = np.arange(classes, dtype=np.int64)
    return confusion_bin(codes[:, None], codes[None, :])


def calibration_bin(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the calibration bin of each score; 1.0 belongs to the last one."""
    return np.minimum((score * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)


def latency_bin(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each latency."""
    position = np.ceil(np.log(np.maximum(seconds, LATENCY_FLOOR) / LATENCY_FLOOR) / _GROWTH)
    return np.asarray(np.clip(position, 0, LATENCY_BINS - 1), dtype=np.int64)


def latency_of_bin() -> NDArray[np.float64]:
    """Return the latency in seconds that stands for each bin, within LATENCY_ACCURACY of all in it."""
    upper = LATENCY_FLOOR * np.exp(_GROWTH * np.arange(LATENCY_BINS))
    middle = np.asarray(upper * (1 - LATENCY_ACCURACY), dtype=np.float64)
    middle[0] = LATENCY_FLOOR
    return middle
