"""Sums of squares of actual numbers, around their mean too: from coarse and fine parts, so that little cancels.

Each actual number a + b has a coarse part a of 13 bits and a fine part b, at most 2^-13 of it (``tallies.regression``).
Around the mean, the sum of squares is that of the coarse parts, twice that of the products, and that of the fine parts.
The first one is a difference of large numbers that are exact (up to some 10^8 outcomes of one order of magnitude), and
is taken without rounding; what is rounded is smaller by 2^13.
"""

import numpy as np

from ml_exporter.catalogue.definition import Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import Array
from ml_exporter.events.tasks.regression import SMALLEST

SMALLEST_SHARE = 3e-14
"""A sum of squares around the mean is told from rounding where it is so large a share of that around 0: the numbers
vary by more than two ten-millionths of their size. Its relative error is then below one in a thousand for a million
outcomes."""

_SPLITTER = 2.0**27 + 1


def sum_of_squares(sums: Statistics) -> Array:
    """Return the sum of squares of the actual values, (series,)."""
    return sums["regression.coarse_squared"] + 2 * sums["regression.coarse_fine"] + sums["regression.fine_squared"]


def squares_around_mean(sums: Statistics) -> Array:
    """Return the sum of squares of the actual values around their mean, (series,); NaN where rounding hides it."""
    count, coarse, fine = sums["outcomes.count"], sums["regression.coarse"], sums["regression.fine"]
    around = divide(_difference_of_products(count, sums["regression.coarse_squared"], coarse, coarse), count)
    around = around + 2 * (sums["regression.coarse_fine"] - divide(coarse * fine, count))
    around = around + sums["regression.fine_squared"] - divide(fine**2, count)
    told = around > np.maximum(SMALLEST_SHARE * sum_of_squares(sums), SMALLEST**2)
    return np.where(told, around, np.nan)


def _difference_of_products(first: Array, second: Array, third: Array, fourth: Array) -> Array:
    """Return first x second - third x fourth, each product with its own rounding error (Dekker 1971)."""
    product, error = _product(first, second)
    other, other_error = _product(third, fourth)
    return (product - other) + (error - other_error)


def _product(first: Array, second: Array) -> tuple[Array, Array]:
    """Return a product, and what rounding took from it."""
    product = first * second
    (high, low), (other_high, other_low) = _halves(first), _halves(second)
    return product, ((high * other_high - product) + high * other_low + low * other_high) + low * other_low


def _halves(number: Array) -> tuple[Array, Array]:
    scaled = _SPLITTER * number
    high = scaled - (scaled - number)
    return high, number - high
