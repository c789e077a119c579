"""Least-squares line through the last buckets, at every bucket anew.

Kept for comparison: a slope is significant in some stretch of any noise, and no longer once the level stays low.
"""

import numpy as np
from scipy.special import stdtr

from ml_exporter.detectors import recent
from ml_exporter.detectors.interface import (
    ALL_KINDS,
    TREND_PER_DAY,
    Baseline,
    Bucket,
    Detector,
    Evidence,
    Floats,
    Settings,
    State,
)
from ml_exporter.detectors.t_test import one_over

WINDOW = 60
"""Buckets that the line is drawn through."""

FEWEST = 10
"""With fewer there is no line."""


def start(streams: int) -> State:
    """Return the state without levels."""
    return recent.start(streams, WINDOW)


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:  # noqa: ARG001 - a slope needs no baseline
    """Take in one bucket; evidence is 1 / p of the two-sided test of the slope where it is for the worse, else 1."""
    level = bucket.level
    state = recent.push(state, level, ~np.isnan(level))
    slope, p_value = regression(recent.in_order(state))
    evidence = one_over(p_value, slope > 0, settings.sensitivity)
    extras = {TREND_PER_DAY: slope * (86400.0 / bucket.width)}
    return state, Evidence(evidence.log10_evidence, evidence.log10_threshold, extras)


def regression(levels: Floats) -> tuple[Floats, Floats]:
    """Return slope by bucket and two-sided p-value of lines through levels in order; NaN below ``FEWEST`` points.

    Args:
        levels: (streams, window), NaN where there is none.
    """
    known = ~np.isnan(levels)
    count = known.sum(axis=1).astype(np.float64)
    place = np.where(known, np.arange(levels.shape[1]), 0.0)
    value = np.where(known, levels, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.where(known, place - (place.sum(axis=1) / count)[:, None], 0.0)
        along = np.where(known, value - (value.sum(axis=1) / count)[:, None], 0.0)
        slope = (across * along).sum(axis=1) / (across**2).sum(axis=1)
        left_over = ((along - slope[:, None] * across) ** 2).sum(axis=1)
        statistic = slope / np.sqrt(left_over / (count - 2) / (across**2).sum(axis=1))
        p_value = 2 * stdtr(count - 2, -np.abs(statistic))
    enough = count >= FEWEST
    return np.where(enough, slope, np.nan), np.where(enough, p_value, np.nan)


DETECTOR = Detector(
    name="linear_trend",
    title="Least-squares slope over the last 60 buckets, two-sided at `sensitivity`.",
    kinds=ALL_KINDS,
    role="compares",
    start=start,
    update=update,
)
