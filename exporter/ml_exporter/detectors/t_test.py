"""Welch's t-test of the last few buckets against the baseline's, at every bucket anew.

Kept for comparison: a test at 5 % that is repeated every minute raises several false alarms a day.

Source: Welch, "The generalization of Student's problem when several different population variances are involved"
(Biometrika 1947).
"""

import numpy as np
from scipy.special import stdtr

from ml_exporter.detectors import recent
from ml_exporter.detectors.interface import (
    ALL_KINDS,
    Baseline,
    Bools,
    Bucket,
    Detector,
    Evidence,
    Floats,
    Settings,
    State,
)

WINDOW = 5
"""Buckets that are tested against the baseline."""


def start(streams: int) -> State:
    """Return the state without levels."""
    return recent.start(streams, WINDOW)


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Take in one bucket; evidence is 1 / p of the two-sided test where the level is above the baseline's, else 1."""
    level = bucket.level
    state = recent.push(state, level, ~np.isnan(level))
    count, mean, variance = recent.mean_and_variance(state["levels"])
    statistic, p_value = welch((mean, variance, count), (baseline.mean, baseline.std**2, baseline.buckets))
    return state, one_over(p_value, statistic > 0, settings.sensitivity)


def welch(first: tuple[Floats, Floats, Floats], second: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Return statistic and two-sided p-value of Welch's t-test, from mean, variance and count of two samples.

    Both are NaN where a sample has fewer than two values or neither varies.
    """
    (mean, variance, count), (other_mean, other_variance, other_count) = first, second
    with np.errstate(divide="ignore", invalid="ignore"):
        share, other_share = variance / count, other_variance / other_count
        spread = share + other_share
        statistic = (mean - other_mean) / np.sqrt(np.where(spread > 0, spread, np.nan))
        freedom = spread**2 / (share**2 / (count - 1) + other_share**2 / (other_count - 1))
        return statistic, 2 * stdtr(freedom, -np.abs(statistic))


def one_over(p_value: Floats, worse: Bools, sensitivity: float) -> Evidence:
    """Return 1 / p as evidence where the level is worse, 1 where it is better; NaN where there is no test."""
    tiny = np.finfo(np.float64).tiny
    evidence = -np.log10(np.maximum(p_value, tiny))
    known = np.where(worse, evidence, 0.0)
    return Evidence(np.where(np.isnan(p_value), np.nan, known), np.full(p_value.shape, -np.log10(sensitivity)))


DETECTOR = Detector(
    name="t_test",
    title="Welch's t-test of the last 5 buckets against the baseline, two-sided at `sensitivity`.",
    kinds=ALL_KINDS,
    role="compares",
    start=start,
    update=update,
)
