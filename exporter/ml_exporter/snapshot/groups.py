"""Series that are computed together: those of models whose statistics have the same shape."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Statistics
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.snapshot.families import Column
from ml_exporter.tallies import SeriesKey, Tally, discover
from ml_exporter.windows import Totals

MOST_BYTES = 32_000_000
"""What the tables of a group's statistics may take together, so that any number of series takes no more at a time.

A slice of a binary model takes 16 KB, nearly all of it for its score histogram, and its overall series 59 KB; that of a
regression takes 76 KB, since residuals and predicted values have 4,147 bins each.
"""

_NUMBER = 8
"""Bytes."""


@dataclass(frozen=True)
class Members:
    """Some series of a group."""

    places: NDArray[np.intp]
    """Where the group has them."""

    keys: tuple[SeriesKey, ...]

    @classmethod
    def of(cls, members: Iterable[tuple[int, SeriesKey]]) -> Self:
        """Put places and keys together."""
        listed = list(members)
        return cls(np.array([place for place, _ in listed], dtype=np.intp), tuple(key for _, key in listed))

    def column(self, values: NDArray[np.float64], *labels: str) -> Column:
        """Return their samples.

        Args:
            values: (series,) of the whole group; NaN: no sample.
            labels: label values that follow the series' own.
        """
        return Column(self.keys, values[self.places], labels)

    def where(self, belongs: Callable[[SeriesKey], bool]) -> Self:
        """Return those of them that belong to something."""
        return self.of((place, key) for place, key in zip(self.places.tolist(), self.keys, strict=True) if belongs(key))


@dataclass(frozen=True)
class Group:
    """Series of models with the same layout, no more than ``MOST_BYTES`` have room for."""

    model: ModelSettings
    """One of the models: what shapes the statistics, they have in common."""

    codes: NDArray[np.intp]
    """(series,)"""

    keys: Sequence[SeriesKey]

    @cached_property
    def versions(self) -> Members:
        """The overall series."""
        return Members.of((place, key) for place, key in enumerate(self.keys) if not key.is_slice)

    @cached_property
    def slices(self) -> Members:
        """The slices."""
        return Members.of((place, key) for place, key in enumerate(self.keys) if key.is_slice)

    def statistics(self, totals: Totals) -> Statistics:
        """Return the group's statistics, (series, ...) each."""
        return totals.statistics(self.codes, self.model)


def groups(monitoring: Monitoring, series: Sequence[tuple[int, SeriesKey]], *, slices: bool) -> tuple[Group, ...]:
    """Sort series into groups.

    Args:
        monitoring: the configuration.
        series: code and key of each, of configured models.
        slices: whether slices are among them, or left out.
    """
    members: dict[tuple[object, ...], list[tuple[int, SeriesKey]]] = defaultdict(list)
    models = {model.name: model for model in monitoring.models}
    layouts = {name: model.layout for name, model in models.items()}
    for code, key in series:
        if slices or not key.is_slice:
            members[layouts[key.model]].append((code, key))
    return tuple(
        Group(model, np.array([code for code, _ in some]), [key for _, key in some])
        for found in members.values()
        for model in [models[found[0][1].model]]
        for some in _some(found, max(1, MOST_BYTES // bytes_a_series(model, slices=slices)))
    )


def bytes_a_series(model: ModelSettings, *, slices: bool) -> int:
    """Return how much room the statistics of one series take, spread out.

    Args:
        model: its model.
        slices: of what slices have too, or of all that an overall series has.
    """
    taken = [tally for tally in discover() if tally.takes(model) and tally.windowed and (tally.sliced or not slices)]
    sizes = [
        len(tally.columns) * (tally.width_of(model) // tally.step_of(model)) * _NUMBER * _times(tally, slices=slices)
        for tally in taken
    ]
    return sum(size for size in sizes if size <= MOST_BYTES)  # one that is larger is never spread out


def _times(tally: Tally, *, slices: bool) -> int:
    """Return how often a tally is spread out: of what is predicted, metrics ask for what is known beside the window."""
    return 2 if tally.calibrates and not slices else 1


def _some(series: list[tuple[int, SeriesKey]], most: int) -> Iterator[list[tuple[int, SeriesKey]]]:
    """Yield series in lists of at most so many."""
    return (series[first : first + most] for first in range(0, len(series), most))
