"""Rolling windows: the sums of whole buckets, for every series at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Statistics
from ml_exporter.config import Duration
from ml_exporter.tallies import Buckets, Sums, Tally


@dataclass(frozen=True)
class Window:
    """What happened within one window."""

    label: str
    """The window as the user wrote it."""

    statistics: Statistics
    """``tally.column`` to (series,), or to (series, bins)."""


def statistics_of(sums: Sums, tally: Tally, series: int) -> dict[str, NDArray[np.float64]]:
    """Spread the sums of one tally out over all series.

    Returns:
        ``tally.column`` to an array (series,), or (series, bins) for a tally with bins.
    """
    dense = np.zeros((series * tally.bins, len(tally.columns)))
    dense[sums.cells] = sums.values
    return _named(dense, tally, series)


def _named(dense: NDArray[np.float64], tally: Tally, series: int) -> dict[str, NDArray[np.float64]]:
    shape = (series, tally.bins) if tally.bins > 1 else (series,)
    return {
        f"{tally.name}.{column}": np.ascontiguousarray(dense[:, index]).reshape(shape)
        for index, column in enumerate(tally.columns)
    }


def windows_at(
    buckets: Buckets, windows: Sequence[Duration], window_by: str, at: float, series: int
) -> tuple[Window, ...]:
    """Add up every tally over every window that ends at ``at``.

    Args:
        buckets: the tallies' sums by time.
        windows: the spans, shortest first.
        window_by: the time that dates outcomes, ``label`` or ``prediction``.
        at: the end of the windows, seconds since the epoch.
        series: the number of series.
    """
    collected: list[dict[str, NDArray[np.float64]]] = [{} for _ in windows]
    for tally in buckets.tallies.values():
        clocks = buckets.clocks(tally)
        if clocks:
            clock = window_by if window_by in clocks else clocks[0]
            for statistics, dense in zip(collected, _nested(buckets, tally, clock, windows, at, series), strict=True):
                statistics.update(_named(dense, tally, series))
    return tuple(Window(str(window), statistics) for window, statistics in zip(windows, collected, strict=True))


def _nested(
    buckets: Buckets, tally: Tally, clock: str, windows: Sequence[Duration], at: float, series: int
) -> list[NDArray[np.float64]]:
    """Add the buckets from the newest on, and keep a copy at each window's edge: windows lie within each other."""
    running = np.zeros((series * tally.bins, len(tally.columns)))
    kept: list[NDArray[np.float64]] = []
    for start, sums in buckets.within(tally.name, clock, at - windows[-1].seconds, at):
        while len(kept) < len(windows) - 1 and start < _edge(windows[len(kept)], at, buckets, tally):
            kept.append(running.copy())
        running[sums.cells] += sums.values
    while len(kept) < len(windows):
        kept.append(running.copy())
    return kept


def _edge(window: Duration, at: float, buckets: Buckets, tally: Tally) -> float:
    """Return the earliest start of a window's buckets: at the latest that of the open one."""
    width = buckets.ladder.widths[buckets.ladder.first_rung(tally.histogram)]
    return min(at - window.seconds, at // width * width)


def lifetimes(buckets: Buckets, series: int) -> Mapping[str, NDArray[np.float64]]:
    """Return the sums since the store was made of every tally that keeps them, like a window's statistics."""
    found: dict[str, NDArray[np.float64]] = {}
    for tally in buckets.tallies.values():
        if tally.lifetime:
            found.update(statistics_of(buckets.lifetime(tally.name), tally, series))
    return found
