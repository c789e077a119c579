"""Rolling windows: the sums of whole buckets, for every series at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Statistics
from ml_exporter.config import Duration, ModelSettings
from ml_exporter.tallies import Buckets, Sums, Tally

KNOWN = "known."
"""Before the name of a statistic: of what labels have told in the longest window."""


@dataclass(frozen=True)
class Totals:
    """The sums of every tally over some time: a window, or since the store was made."""

    label: str
    """The window as the user wrote it; empty for a time that is no window."""

    sums: Mapping[str, Sums]
    """By the tally's name."""

    tallies: Mapping[str, Tally]

    known: Mapping[str, Sums] = field(default_factory=dict)
    """What labels have told in the longest window, of the tallies that calibrate."""

    def statistics(self, codes: NDArray[np.intp], model: ModelSettings) -> Statistics:
        """Spread the sums of some series out, for the catalogue.

        Args:
            codes: (series,) the series' codes.
            model: the settings of their model, or of any model with the same layout.

        Returns:
            ``tally.column`` to an array (series,), or (series, bins) for a tally with bins; made when first asked for.
            ``known.tally.column`` for tallies that calibrate: 0 where nothing is known.
        """
        return _Statistics(self, codes, model)


class _Statistics(Mapping[str, NDArray[np.float64]]):
    """The arrays of some series; a tally is spread out when one of its columns is first asked for."""

    def __init__(self, totals: Totals, codes: NDArray[np.intp], model: ModelSettings) -> None:
        self._totals = totals
        self._codes = codes
        self._model = model
        self._made: dict[str, NDArray[np.float64]] = {}

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if name not in self._made:
            prefix = KNOWN if name.startswith(KNOWN) else ""
            tally = self._totals.tallies[name.removeprefix(KNOWN).partition(".")[0]]
            sums = self._totals.known.get(tally.name, _empty(tally)) if prefix else self._totals.sums[tally.name]
            width, step = tally.width_of(self._model), tally.step_of(self._model)
            table = spread_out(sums, tally, self._codes, width, step)
            shape = table.shape[:2] if tally.bins > 1 else table.shape[:1]
            for index, column in enumerate(tally.columns):
                self._made[f"{prefix}{tally.name}.{column}"] = table[..., index].reshape(shape)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return (f"{name}.{column}" for name in self._totals.sums for column in self._totals.tallies[name].columns)

    def __len__(self) -> int:
        return sum(len(self._totals.tallies[name].columns) for name in self._totals.sums)


def spread_out(sums: Sums, tally: Tally, codes: NDArray[np.intp], width: int, step: int = 1) -> NDArray[np.float64]:
    """Return the sums of some series as a dense table.

    Args:
        sums: of the tally.
        tally: what they are sums of.
        codes: (series,)
        width: how many bins are read; those beyond are left out.
        step: how many neighbouring ones are added up to one.

    Returns:
        (series, width / step, columns)
    """
    first = np.searchsorted(sums.cells, codes * tally.bins)
    after = np.searchsorted(sums.cells, codes * tally.bins + width)
    counts = after - first
    row = np.repeat(np.arange(len(codes)), counts)
    position = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    bins = sums.cells[position] - codes[row] * tally.bins
    place = row * (width // step) + bins // step
    tables = np.zeros((len(tally.columns), len(codes), width // step))  # each column by itself, as it is read
    for column, table in enumerate(tables.reshape(len(tables), -1)):
        np.add.at(table, place, sums.values[position, column])
    return np.moveaxis(tables, 0, -1)


def windows_at(buckets: Buckets, windows: Sequence[Duration], window_by: str, at: float) -> tuple[Totals, ...]:
    """Add up every tally over every window that ends at ``at``.

    Args:
        buckets: the tallies' sums by time.
        windows: the spans, shortest first.
        window_by: the time that dates outcomes, ``label`` or ``prediction``.
        at: the end of the windows, seconds since the epoch.
    """
    collected: list[dict[str, Sums]] = [{} for _ in windows]
    for tally in buckets.tallies.values():
        clocks = buckets.clocks(tally)
        if clocks:
            clock = window_by if window_by in clocks else clocks[0]
            for sums, total in zip(collected, _nested(buckets, tally, clock, windows, at), strict=True):
                sums[tally.name] = total
    known = _known(buckets, windows[-1], at) if window_by != "label" else collected[-1]
    calibrating = {name: sums for name, sums in known.items() if buckets.tallies[name].calibrates}
    return tuple(
        Totals(str(window), sums, buckets.tallies, calibrating) for window, sums in zip(windows, collected, strict=True)
    )


def _known(buckets: Buckets, longest: Duration, at: float) -> dict[str, Sums]:
    """Return what labels have told in the longest window, of the tallies that calibrate."""
    calibrating = [tally for tally in buckets.tallies.values() if tally.calibrates]
    return {tally.name: next(_nested(buckets, tally, "label", [longest], at)) for tally in calibrating}


def _nested(buckets: Buckets, tally: Tally, clock: str, windows: Sequence[Duration], at: float) -> Iterator[Sums]:
    """Yield the sums of each window: the buckets that the one before it did not reach, added to its own."""
    found = list(buckets.within(tally.name, clock, at - windows[-1].seconds, at))
    running, taken = _empty(tally), 0
    for window in windows:
        edge = _edge(window, at, buckets, tally)
        reached = [sums for start, sums in found[taken:] if start >= edge or window is windows[-1]]
        running = Sums.merge_all([running, *reached])
        taken += len(reached)
        yield running


def _empty(tally: Tally) -> Sums:
    return Sums.empty(len(tally.columns))


def _edge(window: Duration, at: float, buckets: Buckets, tally: Tally) -> float:
    """Return the earliest start of a window's buckets: at the latest that of the open one."""
    width = buckets.ladder.widths[buckets.ladder.first_rung(tally.histogram)]
    return min(at - window.seconds, at // width * width)


def by_age(buckets: Buckets, tallies: Sequence[str], ages: Sequence[Duration], at: float) -> tuple[Totals, ...]:
    """Add up what was predicted about as long ago as each age says: the buckets that end then, back a quarter more.

    Args:
        buckets: the tallies' sums by time.
        tallies: names of those that are dated by prediction time.
        ages: how long before ``at``.
        at: the time of looking, seconds since the epoch.
    """
    return tuple(Totals(str(age), _of_age(buckets, tallies, age.seconds, at), buckets.tallies) for age in ages)


def _of_age(buckets: Buckets, tallies: Sequence[str], age: float, at: float) -> dict[str, Sums]:
    until = at - age
    rung = min(int(buckets.ladder.place(np.array([until]), at, 0)[0][0]), len(buckets.ladder.widths) - 1)
    since = until - age / 4 - buckets.ladder.widths[rung]
    found = {name: buckets.between(name, "prediction", since, until) for name in tallies}
    return {
        name: Sums.merge_all([_empty(buckets.tallies[name]), *(sums for _, _, sums in parts)])
        for name, parts in found.items()
    }


def lifetimes(buckets: Buckets) -> Totals:
    """Return the sums since the store was made of every tally that keeps them."""
    kept = [tally for tally in buckets.tallies.values() if tally.lifetime]
    return Totals("", {tally.name: buckets.lifetime(tally.name) for tally in kept}, buckets.tallies)
