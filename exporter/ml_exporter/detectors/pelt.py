"""Change points of a stored series: penalised optimal partitioning by PELT, with squared or robust losses.

The partition minimises the summed loss of its segments around their own centre plus a penalty for each change. PELT
finds the exact optimum and drops the beginnings that can never be part of it again. Squares around the mean are the
textbook's loss; absolute deviations around the median hardly notice outliers and are the default.

The series is divided by its standard deviation first, so that the penalty needs no unit. On the annotated series of
van den Burg and Williams this does better than the spread of neighbours, since real series wander.

Sources: Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear computational cost" (JASA
2012); Jackson et al., "An algorithm for optimal partitioning of data on an interval" (2005) for the recursion;
Fearnhead and Rigaill, "Changepoint detection in the presence of outliers" (JASA 2019) for robust losses.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors.interface import Floats

Loss = Literal["absolute", "squared"]

PENALTY = {"absolute": 2.5, "squared": 3.0}
"""By default a change costs so many times ln(points) sqrt(dimensions)."""

CENTRES = 256
"""With more distinct values than this, medians are looked for among so many quantiles of the series."""

_Cost = Callable[[NDArray[np.intp], int], Floats]
"""Loss of the segments from several beginnings to one end, which is not part of them."""


def change_points(
    values: Floats, loss: Loss = "absolute", penalty: float | None = None, shortest: int = 2
) -> NDArray[np.intp]:
    """Return where the level of a series changes: the index of the first point of each new segment, rising.

    Args:
        values: (points,) or (points, dimensions) whose changes coincide; NaN is a point that says nothing.
        loss: how far a point is from the centre of its segment.
        penalty: what a change costs; None: ``PENALTY[loss] * ln(points) * sqrt(dimensions)``.
        shortest: points of the shortest segment.
    """
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    table = table[:, _varies(table)]
    if len(table) < 2 * shortest or table.shape[1] == 0:
        return np.empty(0, dtype=np.intp)
    scaled = (table - np.nanmean(table, axis=0)) / np.nanstd(table, axis=0)
    if penalty is None:
        penalty = PENALTY[loss] * np.log(len(table)) * np.sqrt(table.shape[1])
    cost = _absolute(scaled) if loss == "absolute" else _squared(scaled)
    return _optimal(cost, len(table), float(penalty), shortest)


def _varies(table: Floats) -> NDArray[np.bool_]:
    known = ~np.isnan(table)
    low = np.where(known, table, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, table, -np.inf).max(axis=0, initial=-np.inf)
    return np.asarray(low < high)


def _optimal(cost: _Cost, points: int, penalty: float, shortest: int) -> NDArray[np.intp]:
    """Return the beginnings of the segments of the optimal partition, but the first.

    A beginning that is beaten at some end can be forgotten, but only once that end can itself be a beginning.
    """
    best = np.full(points + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(points + 1, dtype=np.intp)
    beginnings = np.empty(0, dtype=np.intp)
    beaten_at = np.empty(0, dtype=np.intp)
    never = points + 1
    for end in range(shortest, points + 1):
        new = end - shortest
        if new == 0 or new >= shortest:
            beginnings, beaten_at = np.append(beginnings, new), np.append(beaten_at, never)
        kept = beaten_at + shortest > end
        beginnings, beaten_at = beginnings[kept], beaten_at[kept]
        losses = best[beginnings] + cost(beginnings, end)
        winner = int(losses.argmin())
        best[end] = losses[winner] + penalty
        previous[end] = beginnings[winner]
        beaten_at = np.where((losses >= best[end]) & (beaten_at == never), end, beaten_at)
    found: list[int] = []
    end = points
    while previous[end] > 0:
        end = int(previous[end])
        found.append(end)
    return np.array(found[::-1], dtype=np.intp)


def _squared(scaled: Floats) -> _Cost:
    known = ~np.isnan(scaled)
    filled = np.where(known, scaled, 0.0)
    count, total, squares = (_cumulated(part) for part in (known.astype(np.float64), filled, filled**2))

    def cost(beginnings: NDArray[np.intp], end: int) -> Floats:
        points = count[end] - count[beginnings]
        around = squares[end] - squares[beginnings] - (total[end] - total[beginnings]) ** 2 / np.maximum(points, 1.0)
        return np.asarray(np.maximum(around, 0.0).sum(axis=1))

    return cost


def _absolute(scaled: Floats) -> _Cost:
    """Return the loss around the median, which is one of the values of the series, for each dimension."""
    losses = []
    for column in scaled.T:
        away = np.abs(column[:, None] - _centres(column))
        losses.append(_cumulated(np.where(np.isnan(away), 0.0, away)))

    def cost(beginnings: NDArray[np.intp], end: int) -> Floats:
        return np.asarray(sum((loss[end] - loss[beginnings]).min(axis=1) for loss in losses))

    return cost


def _centres(column: Floats) -> Floats:
    distinct = np.unique(column[~np.isnan(column)])
    if len(distinct) <= CENTRES:
        return distinct
    return np.unique(np.nanquantile(column, np.linspace(0, 1, CENTRES), method="nearest"))


def _cumulated(rows: Floats) -> Floats:
    return np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
