"""95 % intervals from sums. Arguments and results are arrays of shape (series,) unless it says so; NaN: no interval."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

_BLOCK = 64
"""So many series of 1,000 bins are worked on at a time, since then they stay in the processor's cache."""


def divide(numerator: Array, denominator: Array) -> Array:
    """Divide, with NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


def in_blocks(compute: Callable[[Array, Array], Array], first: Array, second: Array) -> Array:
    """Compute something of each series from two tables, (series, bins) each, a few series at a time."""
    starts = range(0, max(len(first), 1), _BLOCK)
    return np.concatenate([compute(first[start : start + _BLOCK], second[start : start + _BLOCK]) for start in starts])


def wilson(successes: Array, trials: Array) -> tuple[Array, Array]:
    """Bound a proportion (Wilson 1927); NaN without trials."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        shrink = 1 + Z**2 / trials
        centre = (share + Z**2 / (2 * trials)) / shrink
        half = Z * np.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2)) / shrink
    lower = np.where(successes == 0, 0.0, centre - half)
    upper = np.where(successes == trials, 1.0, centre + half)
    return np.where(trials > 0, lower, np.nan), np.where(trials > 0, upper, np.nan)


def f1(true_positives: Array, wrong: Array) -> tuple[Array, Array]:
    """Bound F1 = 2q / (1 + q) by Wilson's bounds of q = TP / (TP + FP + FN); ``wrong`` is FP + FN."""
    lower, upper = wilson(true_positives, true_positives + wrong)
    return 2 * lower / (1 + lower), 2 * upper / (1 + upper)


def mean_of_shares(successes: Array, trials: Array) -> tuple[Array, Array, Array]:
    """Estimate the mean of independent proportions, each alike, over those that have trials.

    The bounds are normal; the variance of each proportion is p (1 - p) / trials with p one success and one failure
    more, so that a proportion with few or perfect trials does not look certain: with few trials the bounds are wide
    rather than wrong.

    Args:
        successes: (series, proportions)
        trials: the same.

    Returns:
        Value, lower and upper bound, (series,).
    """
    counted = trials > 0
    proportions = counted.sum(axis=1).astype(np.float64)
    value = divide(np.where(counted, divide(successes, trials), 0.0).sum(axis=1), proportions)
    smoothed = (successes + 1) / (trials + 2)
    variance = np.where(counted, divide(smoothed * (1 - smoothed), trials), 0.0).sum(axis=1)
    half = divide(Z * np.sqrt(variance), proportions)
    return value, np.maximum(value - half, 0.0), np.minimum(value + half, 1.0)


def correlation(matrix: Array, value: Array) -> tuple[Array, Array]:
    """Bound the correlation of two yes-or-no quantities (phi, Matthews).

    The variance is that of Bishop, Fienberg and Holland (1975, 11.3), on Fisher's scale, with half an outcome added to
    each cell so that few or perfect outcomes do not look certain.

    Args:
        matrix: (series, 2, 2) counts.
        value: (series,) their correlation, NaN where there is none.
    """
    filled = matrix + 0.5
    total = filled.sum(axis=(1, 2))
    share = filled / total[:, None, None]
    row, column = share.sum(axis=2), share.sum(axis=1)
    row_product, column_product = row.prod(axis=1), column.prod(axis=1)
    row_skew, column_skew = row[:, 1] - row[:, 0], column[:, 1] - column[:, 0]
    spread = np.sqrt(row_product * column_product)
    phi = (share[:, 0, 0] * share[:, 1, 1] - share[:, 0, 1] * share[:, 1, 0]) / spread
    variance = (
        1
        - phi**2
        + phi * (1 + phi**2 / 2) * row_skew * column_skew / spread
        - 0.75 * phi**2 * (row_skew**2 / row_product + column_skew**2 / column_product)
    ) / total
    half = Z * np.sqrt(np.maximum(variance, 0.0)) / (1 - phi**2)
    lower, upper = np.tanh(np.arctanh(phi) - half), np.tanh(np.arctanh(phi) + half)
    return np.minimum(lower, value), np.maximum(upper, value)


def mean(total: Array, total_of_squares: Array, count: Array) -> tuple[Array, Array]:
    """Bound a mean by the normal distribution; NaN below two events."""
    centre = divide(total, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(total_of_squares / count - centre**2, 0.0) * count / (count - 1)
        half = np.where(count > 1, Z * np.sqrt(variance / count), np.nan)
    return centre - half, centre + half


def area_under_roc(negatives: Array, positives: Array) -> Array:
    """Estimate the area under the ROC curve from class histograms, (..., bins) each by rising score; NaN: one class.

    It is within half the sum of p_b n_b / (P N) of the exact one.
    """
    return divide(
        np.einsum("...b,...b->...", positives, _below(negatives)), negatives.sum(axis=-1) * positives.sum(axis=-1)
    )


def _below(counts: Array) -> Array:
    """Return how many events lie below each bin, with half of those in it."""
    below = np.cumsum(counts, axis=-1)
    below -= counts / 2
    return below


def auc_roc(negatives: Array, positives: Array) -> tuple[Array, Array, Array]:
    """Estimate the area under the ROC curve from class histograms.

    Args:
        negatives: (series, bins) counts by rising score.
        positives: the same for the positive class.

    Returns:
        Value, lower and upper bound, (series,). The value is within half the sum of p_b n_b / (P N) of the exact
        one. The variance is DeLong's (1988) from bins, on the logit scale; Hanley and McNeil's (1982) where either
        class has fewer than 50 events or the classes are separated. NaN where a class is missing.
    """
    count_negative, count_positive = negatives.sum(axis=1), positives.sum(axis=1)
    value, delong = in_blocks(_delong, negatives, positives).T
    fewer = np.minimum(count_negative, count_positive)

    with np.errstate(divide="ignore", invalid="ignore"):
        few = (fewer < 50) | (delong <= 0)

        def bounds(known: Array) -> tuple[Array, Array]:
            """Bound the area; where there are few events, drawn towards the middle by one part in ``known`` + 1."""
            inside = (value * known + 0.5) / (known + 1)
            centre = np.where(few, inside, value)
            variance = np.where(few, _hanley_mcneil(inside, count_negative, count_positive), delong)
            half = Z * np.sqrt(variance) / (centre * (1 - centre))
            return expit(logit(centre) - half), expit(logit(centre) + half)

        # All pairs are more than they seem, since they share events: near 0 and 1 they would make the bound towards
        # the middle wider than any other area's, and with so much as the rarer class the far bound would be too near.
        (lower_of_pairs, upper_of_pairs), (lower, upper) = bounds(count_negative * count_positive), bounds(fewer)
    good = value >= 0.5
    lower, upper = np.where(good, lower, lower_of_pairs), np.where(good, upper_of_pairs, upper)
    return value, np.minimum(lower, value), np.maximum(upper, value)


def _delong(negatives: Array, positives: Array) -> Array:
    """Return the area under the ROC curve and DeLong's variance of it, (series, 2)."""
    count_negative, count_positive = negatives.sum(axis=1), positives.sum(axis=1)
    below, above = _below(negatives), _below(positives)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = divide(np.einsum("sb,sb->s", positives, below), count_negative * count_positive)
        below /= count_negative[:, None]
        below -= value[:, None]
        above /= count_positive[:, None]
        above -= (1 - value)[:, None]
        spread_positive = np.einsum("sb,sb,sb->s", positives, below, below) / (count_positive - 1)
        spread_negative = np.einsum("sb,sb,sb->s", negatives, above, above) / (count_negative - 1)
        variance = spread_positive / count_positive + spread_negative / count_negative
    return np.column_stack([value, variance])


def _hanley_mcneil(area: Array, count_negative: Array, count_positive: Array) -> Array:
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    return (
        area * (1 - area) + (count_positive - 1) * (first - area**2) + (count_negative - 1) * (second - area**2)
    ) / (count_negative * count_positive)


def quantile_ranks(quantile: float, count: Array) -> tuple[Array, Array]:
    """Return the ranks (from 0) whose order statistics bound a quantile: n q -+ z sqrt(n q (1 - q)), rounded outwards.

    Source: Conover, Practical Nonparametric Statistics (1999), 3.2. Where the upper one is beyond the last event, the
    last event stands for it: nothing is known of larger values.
    """
    half = Z * np.sqrt(count * quantile * (1 - quantile))
    lower, upper = np.floor(count * quantile - half) - 1, np.ceil(count * quantile + half)
    return np.maximum(lower, 0), np.minimum(upper, np.maximum(count - 1, 0))
