"""Dates a change for the worse: the likelihood ratio of a rise above the baseline since any past time (FOCuS).

Of n outcomes since a time, k are bad and e are expected to be at most. The evidence that the level has risen since is
n KL(k / n || e / n) / phi, with KL the Kullback-Leibler divergence of Bernoulli distributions; for values it is
r^2 / (2 n phi), with r the sum of (value - bound) / standard deviation. The time for which it is largest is the date
of the change. It is exact while the baseline is level; where it follows a rhythm, the expected counts are pooled.

The threshold makes the mean time to a false alarm c buckets, by the expansion of Siegmund and Venkatraman, "Using the
generalized likelihood ratio statistic for sequential detection of a change-point" (Annals of Statistics 1995):
c = sqrt(2 pi) exp(a) / (D sqrt(2 a)) for the threshold a on the logarithm.
"""

import numpy as np
from scipy.special import xlogy

from ml_exporter.detectors import focus
from ml_exporter.detectors.interface import (
    ALL_KINDS,
    CHANGE_TIME,
    CHANGED_LEVEL,
    CHANGED_OUTCOMES,
    Baseline,
    Bools,
    Bucket,
    Detector,
    Evidence,
    Floats,
    Settings,
    State,
)
from ml_exporter.detectors.log_space import LN10

OUTCOMES, LEVEL = 3, 4
"""Fields of a block beside its time, what was expected and what was seen: outcomes, and their summed level."""

FIELDS = 5

_D = 0.837
"""Integral of x nu(x)^2, nu being the overshoot of Siegmund and Venkatraman's expansion."""


def start(streams: int) -> State:
    """Return the state without candidates: ``blocks`` (streams, places, FIELDS), see ``focus``."""
    return {"blocks": focus.no_blocks(streams, FIELDS)}


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Take in one bucket."""
    proportion = ~np.isnan(bucket.bad)
    rate_known = (baseline.bound > 0) & (baseline.bound < 1)
    spread_known = ~np.isnan(baseline.bound) & (baseline.std > 0)
    judged = np.where(proportion, rate_known, spread_known)
    level = bucket.level
    told = judged & ~np.isnan(level)

    expected = np.where(proportion, bucket.outcomes * baseline.bound, 1.0)
    spread = np.where(spread_known, baseline.std, 1.0)
    seen = np.where(proportion, bucket.bad, (level - baseline.bound) / spread)
    time = np.full(level.shape, bucket.start)
    new = np.column_stack([time, expected, seen, bucket.outcomes, bucket.outcomes * level])
    blocks = focus.push(state["blocks"], new, told)
    blocks = focus.drop_lowest(blocks, blocks[:, 0, focus.TOTAL] <= np.where(proportion, blocks[:, 0, focus.WEIGHT], 0))

    phi = np.maximum(np.where(np.isnan(baseline.overdispersion), 1.0, baseline.overdispersion), 1.0)
    largest, since = focus.best_since(blocks, lambda rows, sums: _logs(proportion[rows], sums) / phi[rows])
    threshold = _threshold(settings, baseline, bucket)
    extras = {
        CHANGE_TIME: np.where(judged, since[:, focus.TIME], np.nan),
        CHANGED_LEVEL: np.where(judged, since[:, LEVEL] / since[:, OUTCOMES], np.nan),
        CHANGED_OUTCOMES: np.where(judged, since[:, OUTCOMES], np.nan),
    }
    return {"blocks": blocks}, Evidence(np.where(judged, largest / LN10, np.nan), threshold / LN10, extras)


def _logs(proportion: Bools, sums: Floats) -> Floats:
    """Return the logarithm of the likelihood ratio of a rise since a time, (rows,); 0 where nothing rose."""
    logs = np.zeros(len(sums))
    expected, seen, outcomes = sums[:, focus.WEIGHT], sums[:, focus.TOTAL], sums[:, OUTCOMES]
    counts = np.flatnonzero(proportion & (seen > expected))
    logs[counts] = _of_counts(seen[counts], expected[counts], outcomes[counts])
    values = np.flatnonzero(~proportion & (seen > 0))
    logs[values] = seen[values] ** 2 / (2 * expected[values])
    return logs


def _of_counts(seen: Floats, expected: Floats, outcomes: Floats) -> Floats:
    """Return n KL(k / n || e / n)."""
    good = np.maximum(outcomes - seen, 0.0)
    return np.asarray(seen * np.log(seen / expected) + xlogy(good, good / (outcomes - expected)))


def _threshold(settings: Settings, baseline: Baseline, bucket: Bucket) -> Floats:
    buckets = settings.threshold(baseline, bucket.width)
    threshold = np.log(buckets)
    for _ in range(5):  # a contraction: after five rounds it stands still
        threshold = np.log(buckets * _D * np.sqrt(threshold / np.pi))
    return threshold


DETECTOR = Detector(
    name="change_point",
    title="FOCuS: since when has the level been above the baseline?",
    kinds=ALL_KINDS,
    role="describes",
    start=start,
    update=update,
)
