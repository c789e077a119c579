"""Theil-Sen lines with the test of Mann and Kendall, for many streams at once.

Sources: Theil (1950) and Sen, "Estimates of the regression coefficient based on Kendall's tau" (JASA 1968) for the
slope and its interval; Mann (1945) and Kendall (1975) for the test, with the variance corrected for ties.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors.interface import Floats

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

_NORMAL_DEVIATION = 1.482602218505602
"""Standard deviation of a normal distribution in units of its median deviation."""

_MEDIAN_TO_MEAN = 1.2533141373155003
"""Standard error of its median in units of that of its mean, sqrt(pi / 2)."""

_STREAMS_AT_ONCE = 512
"""So many streams' pairs fit into the processor's cache."""


@dataclass(frozen=True)
class Lines:
    """A line through the points of each stream, (streams,); NaN below two points."""

    slope: Floats
    """Median of the slopes between all pairs of points."""

    lower: Floats
    """Lower bound of the 95 % interval of the slope."""

    upper: Floats
    """Upper bound of it."""

    time: Floats
    """Median of the times of the points."""

    level: Floats
    """Of the line at that time: the median of the points, each moved there along the line."""

    level_margin: Floats
    """Half the width of the 95 % interval of that level, from the median deviation of the points."""

    mann_kendall: Floats
    """Kendall's S in standard deviations: normal where there is no trend, above 0 where the level rises."""


def lines(time: Floats, level: Floats) -> Lines:
    """Draw a line through the points of each stream.

    Args:
        time: (points,) rising.
        level: (streams, points), NaN where there is none.
    """
    first, second = np.triu_indices(len(time), 1)
    parts = [
        _lines(time, level[begin : begin + _STREAMS_AT_ONCE], first, second)
        for begin in range(0, len(level), _STREAMS_AT_ONCE)
    ]
    columns = np.concatenate(parts, axis=1) if parts else np.empty((7, 0))
    return Lines(*columns)


def _lines(time: Floats, level: Floats, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    rise = level[:, second] - level[:, first]
    slopes = np.sort(rise / (time[second] - time[first]), axis=1)
    known = ~np.isnan(level)
    points = known.sum(axis=1)
    pairs = points * (points - 1) // 2
    spread = np.sqrt(_variance_of_s(rise, points, first, second))
    with np.errstate(divide="ignore", invalid="ignore"):
        mann_kendall = np.where(spread > 0, np.nansum(np.sign(rise), axis=1) / spread, 0.0)

    last = np.maximum(pairs - 1, 0)
    upper = np.minimum(np.rint((pairs + Z * spread) / 2).astype(np.intp), last)
    lower = np.maximum(np.rint((pairs - Z * spread) / 2).astype(np.intp) - 1, 0)
    rows = np.arange(len(level))
    middle = (slopes[rows, last // 2] + slopes[rows, pairs // 2]) / 2
    middle_time = _median(np.where(known, time, np.nan), points)
    moved = level - middle[:, None] * (time - middle_time[:, None])
    at_middle = _median(moved, points)
    deviation = _median(np.abs(moved - at_middle[:, None]), points)
    margin = Z * _MEDIAN_TO_MEAN * _NORMAL_DEVIATION * deviation / np.sqrt(np.maximum(points, 1))
    found = np.stack(
        [
            middle,
            slopes[rows, lower],
            slopes[rows, upper],
            middle_time,
            at_middle,
            margin,
            mann_kendall,
        ]
    )
    return np.where(points > 1, found, np.nan)


def _variance_of_s(rise: Floats, points: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """Return the variance of Kendall's S: [n (n-1) (2n+5) - sum over groups of t ties of t (t-1) (2t+5)] / 18."""
    variance = points * (points - 1) * (2 * points + 5.0)
    row, pair = np.nonzero(rise == 0)
    if len(row):
        size = int(second.max()) + 1
        equals = np.zeros((len(rise), size))
        np.add.at(equals, (row, first[pair]), 1.0)
        np.add.at(equals, (row, second[pair]), 1.0)
        variance = variance - (equals * (2 * (equals + 1) + 5)).sum(axis=1)
    return np.asarray(variance / 18)


def _median(values: Floats, count: NDArray[np.intp]) -> Floats:
    """Return the median of each row's ``count`` values that are not NaN."""
    ordered = np.sort(values, axis=1)
    rows = np.arange(len(values))
    middle: Floats = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
    return middle
