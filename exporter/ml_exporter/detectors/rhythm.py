"""The rhythm of day and week: by how much the level differs from its mean at each hour of the week.

It is the sum of three parts: by hour of day, by day of week, and by hour of week what these two leave over. Each part
counts only where it is there beyond chance, and is shrunken towards nothing by as much as its cells are uncertain
(empirical Bayes; the variance between cells by the method of moments of DerSimonian and Laird, 1986). So a stream
without a rhythm, or with too few outcomes to tell, keeps its level baseline and the power that goes with it.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from ml_exporter.detectors.interface import Floats

HOURS_OF_WEEK = 168
HOUR, DAY = 3600.0, 86400.0

CHANCE = 0.01
"""A part of the rhythm counts where cells as different as these have at most this probability without it."""

_OFFSET_STEP = 900
"""Time zones change their offset at a multiple of so many seconds."""


def hour_of_week(times: Floats, timezone: str) -> Floats:
    """Return the local time since Monday 0:00, in hours with fractions, [0, 168).

    Args:
        times: seconds since the epoch.
        timezone: by its IANA name.
    """
    zone = ZoneInfo(timezone)
    steps, place = np.unique(np.floor(np.asarray(times) / _OFFSET_STEP), return_inverse=True)
    offsets = [_offset(float(step) * _OFFSET_STEP, zone) for step in steps]
    local = times + np.array(offsets)[place].reshape(np.shape(times))
    since_monday = (local / HOUR + 3 * 24) % HOURS_OF_WEEK  # the epoch was a Thursday
    return np.asarray(since_monday)


def _offset(time: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(time, zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


@dataclass(frozen=True)
class Part:
    """One part of the rhythm of each stream."""

    effect: Floats
    """(cells, streams) by how much the level differs from its mean."""

    variance: Floats
    """(cells, streams) how uncertain that is."""

    parameters: Floats
    """(streams,) as how many estimated numbers it counts."""


@dataclass(frozen=True)
class Rhythm:
    """The three parts of the rhythm of each stream."""

    by_hour: Part
    by_day: Part
    by_hour_of_week: Part

    def at(self, cells: NDArray[np.intp]) -> Floats:
        """Return the effect at hours of the week, (cells, streams)."""
        hours, days = self.by_hour.effect[cells % 24], self.by_day.effect[cells // 24]
        return np.asarray(hours + days + self.by_hour_of_week.effect[cells])


def fit(weight: Floats, excess: Floats, unit_variance: Floats) -> Rhythm:
    """Estimate the rhythm.

    Args:
        weight: (168, streams) how much is known of each hour of the week.
        excess: (168, streams) weight times the distance of the level from the mean.
        unit_variance: (streams,) variance of a level of weight 1.
    """
    by_hour = _part(_by_hour(weight), _by_hour(excess), unit_variance)
    excess = excess - weight * np.tile(by_hour.effect, (7, 1))
    by_day = _part(_by_day(weight), _by_day(excess), unit_variance)
    excess = excess - weight * np.repeat(by_day.effect, 24, axis=0)
    return Rhythm(by_hour, by_day, _part(weight, excess, unit_variance))


def _by_hour(sums: Floats) -> Floats:
    return np.asarray(sums.reshape(7, 24, -1).sum(axis=0))


def _by_day(sums: Floats) -> Floats:
    return np.asarray(sums.reshape(7, 24, -1).sum(axis=1))


def _part(weight: Floats, excess: Floats, unit_variance: Floats) -> Part:
    """Shrink the means of cells towards 0 by their uncertainty."""
    known = (weight > 0) & (unit_variance > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(known, weight / unit_variance, 0.0)
        effect = np.where(known, excess / weight, 0.0)
        total = precision.sum(axis=0)
        effect = np.where(known, effect - (precision * effect).sum(axis=0) / total, 0.0)
        freedom = np.maximum(known.sum(axis=0) - 1.0, 0.0)
        heterogeneity = (precision * effect**2).sum(axis=0)
        between = (heterogeneity - freedom) / (total - (precision**2).sum(axis=0) / total)
        there = (freedom > 0) & (heterogeneity > chdtri(np.maximum(freedom, 1.0), CHANCE))
        between = np.where(there & np.isfinite(between), between, 0.0)
        within = np.where(known, 1 / precision, np.inf)
        kept = np.where(between > 0, between / (between + within), 0.0)
    uncertain = np.where(between > 0, between * (1 - kept), 0.0)
    return Part(kept * effect, uncertain, kept.sum(axis=0))


def cell_sums(values: Floats, cells: NDArray[np.intp], count: int) -> Floats:
    """Add up the rows of each cell.

    Args:
        values: (rows, streams).
        cells: (rows,) from 0 to count - 1.
        count: of cells.

    Returns:
        (count, streams), 0 for a cell without rows.
    """
    sums = np.zeros((count, values.shape[1]))
    order = np.argsort(cells, kind="stable")
    present, begins = np.unique(cells[order], return_index=True)
    if len(present):
        sums[present] = np.add.reduceat(values[order], begins, axis=0)
    return sums
