"""How many standard deviations of a single bucket the mean of the last hour lies above the baseline's mean.

Kept for comparison: the spread of single buckets is no measure of the spread of their mean, so it sees great changes
only.
"""

import numpy as np
from scipy.special import log_ndtr

from ml_exporter.detectors import recent
from ml_exporter.detectors.interface import (
    ALL_KINDS,
    Z_SCORE,
    Baseline,
    Bucket,
    Detector,
    Evidence,
    Settings,
    State,
)
from ml_exporter.detectors.log_space import LN10

WINDOW = 60
"""Buckets whose levels are averaged."""

SIGNIFICANT = 2.0
"""Standard deviations that are an alarm."""


def start(streams: int) -> State:
    """Return the state without levels."""
    return recent.start(streams, WINDOW)


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:  # noqa: ARG001 - the seed of this test had no settings
    """Take in one bucket; the evidence is that of a one-sided normal test."""
    level = bucket.level
    state = recent.push(state, level, ~np.isnan(level))
    _, mean, _ = recent.mean_and_variance(state["levels"])
    spread = np.where(baseline.std > 0, baseline.std, np.nan)
    score = (mean - baseline.mean) / spread
    threshold = np.full(level.shape, -log_ndtr(-SIGNIFICANT) / LN10)
    return state, Evidence(-log_ndtr(-score) / LN10, threshold, {Z_SCORE: score})


DETECTOR = Detector(
    name="z_score",
    title="Mean of the last 60 buckets, in standard deviations of single buckets, beyond 2.",
    kinds=ALL_KINDS,
    role="compares",
    start=start,
    update=update,
)
