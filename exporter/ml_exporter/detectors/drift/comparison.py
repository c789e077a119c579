"""How far counts are from those of a baseline: effect sizes, and how likely that is by chance.

Formulas: with p and q the shares of groups on the baseline and now, k counts of n smoothed to (k + 1/2) / (n + B/2)
over B groups: PSI = sum (p - q) ln(p / q), Jensen-Shannon as scipy.spatial.distance.jensenshannon in base 2. The
p-value is that of Pearson's chi-squared test of homogeneity on the smoothed counts, with B - 1 degrees of freedom.
Without any drift PSI is about (1/n + 1/m) chi2(B - 1), so it says nothing without the p-value beside it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from ml_exporter.catalogue.value_bins import value_of_bin
from ml_exporter.detectors.drift.counts import Counts, Floats, summed

GROUPS = 20
"""Numbers are compared by at most so many groups, of equal mass on the baseline."""

NAN = math.nan


@dataclass(frozen=True)
class Comparison:
    """Counts against those of a baseline; NaN for what their kind has not."""

    psi: float
    js_distance: float
    p_value: float
    ks_statistic: float = NAN
    """Of ordered bins."""

    wasserstein: float = NAN
    """Of numbers, in standard deviations of the baseline."""

    unseen_ratio: float = NAN
    """Of categories: the share of those that the baseline does not have."""

    vanished_ratio: float = NAN
    """Of the baseline's categories, by how frequent they were: the share of those that are there no longer."""


def compare_categories(baseline: Counts, now: Counts) -> Comparison:
    """Compare counts by categories, which are groups as they are."""
    _, before, after = _aligned(baseline, now)
    unseen = after[before == 0].sum() / after.sum()
    vanished = before[after == 0].sum() / before.sum()
    return Comparison(*_of_groups(before, after), unseen_ratio=float(unseen), vanished_ratio=float(vanished))


def compare_ordered(baseline: Counts, now: Counts) -> Comparison:
    """Compare counts by bins that have an order, but whose distance means nothing: scores."""
    _, before, after = _aligned(baseline, now)
    group = equal_mass(before)
    groups = int(group.max()) + 1
    distance = np.abs(np.cumsum(before) / before.sum() - np.cumsum(after) / after.sum()).max()
    of_groups = _of_groups(summed(group, before, groups), summed(group, after, groups))
    return Comparison(*of_groups, ks_statistic=float(distance))


def compare_numbers(baseline: Counts, now: Counts) -> Comparison:
    """Compare counts by bins of numbers."""
    ordered = compare_ordered(baseline, now)
    before, after = value_of_bin(baseline.bins), value_of_bin(now.bins)
    mean = np.average(before, weights=baseline.count)
    spread = math.sqrt(float(np.average((before - mean) ** 2, weights=baseline.count)))
    if spread == 0:
        return ordered
    from scipy.stats import wasserstein_distance  # noqa: PLC0415 - a second of loading that few starts need

    distance = wasserstein_distance(before, after, baseline.count, now.count)
    return Comparison(
        ordered.psi, ordered.js_distance, ordered.p_value, ordered.ks_statistic, wasserstein=float(distance) / spread
    )


def equal_mass(before: Floats) -> NDArray[np.intp]:
    """Return the group of each bin, in their order: groups have about equal mass on the baseline.

    A bin is never divided, so one that holds much of the mass is a group of its own, or nearly so.
    """
    middle = (np.cumsum(before) - before / 2) / before.sum()
    wanted = np.minimum((middle * GROUPS).astype(np.intp), GROUPS - 1)
    return np.unique(wanted, return_inverse=True)[1].reshape(-1)


def smoothed(counts: Floats) -> Floats:
    """Return the shares of counts, none of them 0."""
    return np.asarray((counts + 0.5) / (counts.sum() + len(counts) / 2), dtype=np.float64)


def _aligned(baseline: Counts, now: Counts) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the bins of both, and the counts of each by these."""
    bins = np.union1d(baseline.bins, now.bins)
    before, after = np.zeros(len(bins)), np.zeros(len(bins))
    before[np.searchsorted(bins, baseline.bins)] = baseline.count
    after[np.searchsorted(bins, now.bins)] = now.count
    return bins, before, after


def _of_groups(before: Floats, after: Floats) -> tuple[float, float, float]:
    """Return PSI, Jensen-Shannon distance and p-value."""
    p, q = smoothed(before), smoothed(after)
    middle = (p + q) / 2
    divergence = (p @ np.log2(p / middle) + q @ np.log2(q / middle)) / 2
    return float((p - q) @ np.log(p / q)), math.sqrt(max(float(divergence), 0.0)), _chi_squared(before, after)


def _chi_squared(before: Floats, after: Floats) -> float:
    if len(before) < 2:
        return 1.0
    observed = np.stack([before, after]) + 0.5
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return float(chdtrc(len(before) - 1, statistic))
