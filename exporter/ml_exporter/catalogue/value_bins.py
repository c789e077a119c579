"""The bins of numbers of any size and sign. They are part of the stored format: they never change."""

import numpy as np
from numpy.typing import NDArray

VALUE_ACCURACY = 0.01
"""Relative error of a value by the bin that it falls into: edges grow by (1 + a) / (1 - a), as in DDSketch
(Masson, Rim, Lee 2019). So what varies by less than some percents around a number far from 0 is told apart poorly."""

VALUE_FLOOR, VALUE_CEILING = 1e-6, 1e12
"""Smaller values, by amount, count as 0; larger ones in the outermost bin."""

_GROWTH = np.log((1 + VALUE_ACCURACY) / (1 - VALUE_ACCURACY))
_A_SIDE = int(np.ceil(np.log(VALUE_CEILING / VALUE_FLOOR) / _GROWTH))

VALUE_BINS = 2 * _A_SIDE + 1

ZERO_BIN = _A_SIDE
"""The bin of 0: those below it mirror those above."""


def value_bin(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each finite number; bins rise with the numbers."""
    amount = np.abs(values)
    step = np.floor(np.log(np.maximum(amount, VALUE_FLOOR) / VALUE_FLOOR) / _GROWTH) + 1
    step = np.where(amount < VALUE_FLOOR, 0, np.minimum(step, _A_SIDE))
    return (_A_SIDE + np.sign(values) * step).astype(np.int64)


def value_at_percentile(counts: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    """Return the smallest number that so many percent of the numbers do not exceed, within VALUE_ACCURACY.

    Args:
        counts: (series, bins) how many numbers fell into each bin.
        percentile: above 0, at most 100.

    Returns:
        (series,), NaN for a series without numbers.
    """
    reached = np.cumsum(counts, axis=1)
    total = reached[:, -1]
    rank = np.maximum(np.ceil(total * percentile / 100) - 1, 0)
    place = np.minimum((reached <= rank[:, None]).sum(axis=1), reached.shape[1] - 1)
    return np.where(total > 0, value_of_bin(place), np.nan)


def value_of_bin(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the number that stands for each bin, within VALUE_ACCURACY of all in it."""
    step = np.abs(bins - _A_SIDE)
    amount = VALUE_FLOOR * np.exp(_GROWTH * step) * (1 - VALUE_ACCURACY)
    return np.asarray(np.where(step == 0, 0.0, np.sign(bins - _A_SIDE) * amount))
