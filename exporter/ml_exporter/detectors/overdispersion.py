"""How much more a level varies than independent outcomes would, around its rhythm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors import rhythm
from ml_exporter.detectors.interface import Floats
from ml_exporter.detectors.rhythm import DAY, HOUR, HOURS_OF_WEEK, Rhythm, cell_sums, hour_of_week

FEWEST_BLOCKS = 10
"""With fewer blocks of a length, the overdispersion over them is not measured."""


@dataclass(frozen=True)
class Spread:
    """How the levels of streams vary, all (streams,) but the rhythm."""

    rhythm: Rhythm
    overdispersion: Floats
    """phi, at least 1: the largest over single buckets, hours and days."""

    unit_variance: Floats
    """Variance of one independent outcome, or of one independent bucket of values."""


@dataclass(frozen=True)
class Levels:
    """What the spread is measured on."""

    start: Floats
    """(buckets,) seconds since the epoch."""

    width: Floats
    """(buckets,) seconds; those wider than an hour say nothing about the rhythm."""

    weight: Floats
    """(buckets, streams) outcomes, or 1 for a value; 0 for what is not told."""

    excess: Floats
    """(buckets, streams) weight times the distance of the level from the stream's mean."""


def measure(levels: Levels, binomial: Floats, timezone: str) -> Spread:
    """Measure the spread around the rhythm.

    Clustered errors look like a rhythm, and a rhythm like clustered errors: so both are estimated twice, the second
    time the rhythm knows by how much errors cluster.

    Args:
        levels: of the streams.
        binomial: (streams,) variance of one outcome; NaN for values, whose variance is measured.
        timezone: IANA name of the zone in which people live by the clock.
    """
    cells = hour_of_week(levels.start + levels.width / 2, timezone).astype(np.intp)
    counts = (levels.weight > 0).sum(axis=0)
    variance = np.where(np.isnan(binomial), _variance(levels.excess, counts - 1.0), binomial)
    phi = np.ones(len(binomial))
    for _ in range(2):
        found = _rhythm(levels, cells, variance * phi)
        rest = _without(levels, cells, found)
        measured = _variance(rest, counts - 1.0 - _parameters(found))
        variance = np.where(np.isnan(binomial), measured, binomial)
        phi = _overdispersion(levels, rest, variance, found)
    return Spread(found, phi, variance)


def _rhythm(levels: Levels, cells: NDArray[np.intp], unit_variance: Floats) -> Rhythm:
    fine = levels.width <= HOUR
    weight = cell_sums(levels.weight[fine], cells[fine], HOURS_OF_WEEK)
    excess = cell_sums(levels.excess[fine], cells[fine], HOURS_OF_WEEK)
    return rhythm.fit(weight, excess, unit_variance)


def _without(levels: Levels, cells: NDArray[np.intp], found: Rhythm) -> Floats:
    """Return the excess that the rhythm leaves over."""
    fine = (levels.width <= HOUR)[:, None]
    return np.asarray(levels.excess - np.where(fine, levels.weight * found.at(cells), 0.0))


def _variance(excess: Floats, freedom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(freedom > 0, (excess**2).sum(axis=0) / freedom, np.nan)


def _parameters(found: Rhythm) -> Floats:
    return found.by_hour.parameters + found.by_day.parameters + found.by_hour_of_week.parameters


def _overdispersion(levels: Levels, rest: Floats, variance: Floats, found: Rhythm) -> Floats:
    """Return the largest ratio of what varies over blocks to what would; 1 where too few blocks tell."""
    each = np.arange(len(levels.start))
    by_hour, by_day = (np.unique(levels.start // length, return_inverse=True)[1] for length in (HOUR, DAY))
    largest = np.ones(len(variance))
    for blocks, parameters in (
        (each, _parameters(found)),
        (by_hour, _parameters(found)),
        (by_day, found.by_day.parameters),
    ):
        count = int(blocks.max()) + 1
        weight = cell_sums(levels.weight, blocks, count)
        squares = (cell_sums(rest, blocks, count) ** 2).sum(axis=0)
        held = (weight > 0).sum(axis=0)
        freedom = held - 1 - parameters
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = squares / (weight.sum(axis=0) * variance) * held / freedom
        measured = (freedom >= FEWEST_BLOCKS) & np.isfinite(ratio)
        largest = np.where(measured, np.maximum(largest, ratio), largest)
    return largest
