"""The bins of the histograms that tallies keep. They are part of the stored format: they never change."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

SCORE_BINS = 1000
"""Logit-spaced, so that rare events keep their resolution near 0 and 1."""

SCORE_LIMIT = 1e-6
"""Scores are clipped to [limit, 1 - limit] before they are binned."""

CALIBRATION_BINS = 15
"""Of equal width on [0, 1]."""

LATENCY_ACCURACY = 0.01
"""Relative error of a latency quantile, by bins whose edges grow by (1 + a) / (1 - a)."""

LATENCY_FLOOR, LATENCY_CEILING = 1e-6, 1e4
"""Seconds; latencies beyond are counted in the outermost bin."""

_GROWTH = np.log((1 + LATENCY_ACCURACY) / (1 - LATENCY_ACCURACY))
LATENCY_BINS = int(np.ceil(np.log(LATENCY_CEILING / LATENCY_FLOOR) / _GROWTH)) + 1

_LOWEST_LOGIT = float(logit(SCORE_LIMIT))


def score_bin(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each score; the score must be within [0, 1]."""
    logits = logit(np.clip(score, SCORE_LIMIT, 1 - SCORE_LIMIT))
    position = (logits - _LOWEST_LOGIT) / (-2 * _LOWEST_LOGIT) * SCORE_BINS
    return np.clip(position.astype(np.int64), 0, SCORE_BINS - 1)


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
