"""95 % intervals from sums. All arguments and results are arrays of shape (series,); NaN: no interval."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def divide(numerator: Array, denominator: Array) -> Array:
    """Divide, with NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


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


def mean(total: Array, total_of_squares: Array, count: Array) -> tuple[Array, Array]:
    """Bound a mean by the normal distribution; NaN below two events."""
    centre = divide(total, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(total_of_squares / count - centre**2, 0.0) * count / (count - 1)
        half = np.where(count > 1, Z * np.sqrt(variance / count), np.nan)
    return centre - half, centre + half


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
    below = np.cumsum(negatives, axis=1) - negatives / 2
    above = count_positive[:, None] - np.cumsum(positives, axis=1) + positives / 2
    pairs = count_negative * count_positive
    value = divide((positives * below).sum(axis=1), pairs)

    with np.errstate(divide="ignore", invalid="ignore"):
        placed_positive = below / count_negative[:, None]
        placed_negative = above / count_positive[:, None]
        spread_positive = (positives * (placed_positive - value[:, None]) ** 2).sum(axis=1) / (count_positive - 1)
        spread_negative = (negatives * (placed_negative - value[:, None]) ** 2).sum(axis=1) / (count_negative - 1)
        delong = spread_positive / count_positive + spread_negative / count_negative
        inside = (value * pairs + 0.5) / (pairs + 1)
        few = (np.minimum(count_negative, count_positive) < 50) | (delong <= 0)
        centre = np.where(few, inside, value)
        variance = np.where(few, _hanley_mcneil(inside, count_negative, count_positive), delong)
        half = Z * np.sqrt(variance) / (centre * (1 - centre))
        lower, upper = expit(logit(centre) - half), expit(logit(centre) + half)
    return value, np.where(np.isnan(value), np.nan, lower), np.where(np.isnan(value), np.nan, upper)


def _hanley_mcneil(area: Array, count_negative: Array, count_positive: Array) -> Array:
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    return (
        area * (1 - area) + (count_positive - 1) * (first - area**2) + (count_negative - 1) * (second - area**2)
    ) / (count_negative * count_positive)


def quantile_ranks(quantile: float, count: Array) -> tuple[Array, Array]:
    """Return the ranks (from 0) whose order statistics bound a quantile: q n -+ z sqrt(n q (1 - q))."""
    half = Z * np.sqrt(count * quantile * (1 - quantile))
    return np.maximum(count * quantile - half, 0), np.minimum(count * quantile + half, np.maximum(count - 1, 0))
