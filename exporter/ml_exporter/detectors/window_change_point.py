"""Sliding t-tests: is there a place in the last buckets where those before differ from those after?

Kept for comparison: dozens of tests at 1 % in every window, repeated every bucket; and once the change has left the
window there is nothing to see.
"""

import numpy as np
from scipy.special import stdtr

from ml_exporter.detectors import recent
from ml_exporter.detectors.interface import ALL_KINDS, Baseline, Bucket, Detector, Evidence, Floats, Settings, State

WINDOW = 60
"""Buckets that are searched."""

FEWEST = 20
"""With fewer there is no search."""

SMALLEST_HALF = 5
"""Buckets on each side of a place; a tenth of the window where that is more."""

SIGNIFICANT = 0.01
"""Significance level of each test."""


def start(streams: int) -> State:
    """Return the state without levels."""
    return recent.start(streams, WINDOW)


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:  # noqa: ARG001 - it compares the window with itself
    """Take in one bucket; evidence is 1 / p at the latest change, 1 where that is for the better or there is none."""
    level = bucket.level
    state = recent.push(state, level, ~np.isnan(level))
    levels = recent.in_order(state)
    p_values = split_tests(levels)
    changes = p_values < SIGNIFICANT
    latest = WINDOW - 1 - changes[:, ::-1].argmax(axis=1)
    before = np.arange(WINDOW) < latest[:, None]
    _, mean_before, _ = recent.mean_and_variance(np.where(before, levels, np.nan))
    _, mean_after, _ = recent.mean_and_variance(np.where(before, np.nan, levels))
    worse = changes.any(axis=1) & (mean_after > mean_before)

    at_latest = np.maximum(p_values[np.arange(len(latest)), latest], np.finfo(np.float64).tiny)
    evidence = np.where(worse, -np.log10(np.where(worse, at_latest, 1.0)), 0.0)
    enough = (~np.isnan(levels)).sum(axis=1) >= FEWEST
    threshold = np.full(level.shape, -np.log10(SIGNIFICANT))
    return state, Evidence(np.where(enough, evidence, np.nan), threshold)


def split_tests(levels: Floats) -> Floats:
    """Return two-sided p-values of Student's t-test between the buckets before and after each place.

    Args:
        levels: (streams, window) in order, the newest last, NaN before the first.

    Returns:
        (streams, window), at the first bucket after the split; NaN where there is no test.
    """
    count = (~np.isnan(levels)).sum(axis=1)
    halves = np.maximum(SMALLEST_HALF, count // 10)
    place = np.arange(levels.shape[1])
    p_values = np.full(levels.shape, np.nan)
    for half in np.unique(halves[count >= FEWEST]):
        rows = np.flatnonzero((halves == half) & (count >= FEWEST))
        means, variances = _moving(levels[rows], int(half))
        inside = (place >= (levels.shape[1] - count[rows] + half)[:, None]) & (place < levels.shape[1] - half)
        before, after = np.maximum(place - half, 0), np.minimum(place, means.shape[1] - 1)
        difference = means[:, after] - means[:, before]
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = difference / np.sqrt((variances[:, after] + variances[:, before]) / half)
            tested = 2 * stdtr(2.0 * half - 2, -np.abs(statistic))
        p_values[rows] = np.where(inside, tested, np.nan)
    return p_values


def _moving(levels: Floats, half: int) -> tuple[Floats, Floats]:
    """Return mean and unbiased variance of each stretch of ``half`` levels, by its first."""
    stretches = np.lib.stride_tricks.sliding_window_view(levels, half, axis=1)
    return stretches.mean(axis=-1), stretches.var(axis=-1, ddof=1)


DETECTOR = Detector(
    name="window_change_point",
    title="Sliding t-tests within the last 60 buckets at 1 %.",
    kinds=ALL_KINDS,
    role="compares",
    start=start,
    update=update,
)
