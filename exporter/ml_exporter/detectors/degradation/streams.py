"""Streams: the metrics of every version that are judged, and in which order their arrays keep them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric, Statistics
from ml_exporter.config import ModelSettings
from ml_exporter.detectors.interface import Floats, Kind
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Totals

Pace = Literal["fast", "slow"]
"""``fast``: judged in the finest buckets, on counts; ``slow``: in wider ones, on the metric's value in each."""


KIND: Mapping[Pace, Kind] = {"fast": "proportion", "slow": "bounded"}
"""What streams are made of at each pace."""


@dataclass(frozen=True, order=True)
class Stream:
    """One metric of one version of a model."""

    model: str
    version: str
    metric: str

    @property
    def series(self) -> SeriesKey:
        """Return the version's overall series."""
        return SeriesKey(self.model, self.version)


@dataclass(frozen=True)
class Reading:
    """What streams say of one span of time, each (streams,), oriented so that more is worse."""

    outcomes: Floats
    bad: Floats
    """NaN for a stream that is no proportion."""

    value: Floats
    """The metric itself where it is no proportion, negated where more is better; NaN for a proportion."""

    native: Floats
    """The metric as its family shows it."""


def pace_of(metric: Metric) -> Pace:
    """Return how often a metric is judged: one without counts is judged by its value, which needs many outcomes."""
    return "fast" if metric.proportion is not None or metric.ranked is not None else "slow"


def bounds_of(metric: Metric) -> tuple[float, float]:
    """Return the smallest and the largest level of a metric's stream."""
    if pace_of(metric) == "fast":
        return 0.0, 1.0
    low, high = metric.limits
    return (low, high) if metric.direction == "lower" else (-high, -low)


def level_of(metric: Metric, value: float) -> float:
    """Return the level of a stream at which the metric has a value; NaN where a level says nothing of it."""
    if metric.proportion is not None:
        return 1 - value if metric.direction == "higher" else value
    if metric.ranked is not None:
        return float("nan")
    return -value if metric.direction == "higher" else value


class Panel:
    """Reads many streams at once: those of models with one layout together."""

    def __init__(
        self, streams: Sequence[Stream], codes: Mapping[SeriesKey, int], models: Mapping[str, ModelSettings]
    ) -> None:
        """Prepare to read streams.

        Args:
            streams: in the order of the arrays that are read; of configured models and known series.
            codes: series to its code.
            models: by name.
        """
        self.streams = tuple(streams)
        self._groups = _grouped(self.streams, codes, models)

    def read(self, totals: Totals, cuts: Floats) -> Reading:
        """Return what the streams say.

        Args:
            totals: of some span of time.
            cuts: (streams,) for metrics without bounds, the bin beyond which an event is a bad one; NaN: not known,
                so none is.
        """
        size = len(self.streams)
        outcomes, bad, value, native = (
            np.zeros(size),
            np.full(size, np.nan),
            np.full(size, np.nan),
            np.full(size, np.nan),
        )
        for group in self._groups:
            statistics = totals.statistics(group.codes, group.model)
            for metric, rows, places in group.metrics:
                read = _read(metric, _rows(statistics, rows, len(group.codes)), cuts[places])
                outcomes[places], bad[places], value[places], native[places] = read
        return Reading(outcomes, bad, value, native)

    def ranked(self, totals: Totals) -> dict[int, Floats]:
        """Return, for streams of metrics without bounds, the events by rising badness: place to (bins,)."""
        found: dict[int, Floats] = {}
        for group in self._groups:
            statistics = totals.statistics(group.codes, group.model)
            for metric, rows, places in group.metrics:
                if metric.proportion is None and metric.ranked is not None:
                    table = metric.ranked(_rows(statistics, rows, len(group.codes)))
                    found.update(zip(places.tolist(), table, strict=True))
        return found


@dataclass(frozen=True)
class _Group:
    model: ModelSettings
    codes: NDArray[np.intp]
    metrics: Sequence[tuple[Metric, NDArray[np.intp], NDArray[np.intp]]]
    """Metric, rows among the group's codes, places among the streams."""


def _grouped(
    streams: Iterable[Stream], codes: Mapping[SeriesKey, int], models: Mapping[str, ModelSettings]
) -> tuple[_Group, ...]:
    by_layout: dict[tuple[object, ...], list[tuple[int, Stream]]] = defaultdict(list)
    for place, stream in enumerate(streams):
        by_layout[models[stream.model].layout].append((place, stream))
    groups = []
    for members in by_layout.values():
        own = sorted({codes[stream.series] for _, stream in members})
        row = {code: index for index, code in enumerate(own)}
        by_metric: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, stream in members:
            by_metric[stream.metric].append((row[codes[stream.series]], place))
        model = models[members[0][1].model]
        metrics = [
            (
                catalogue.metric(name, model.task),
                np.array([row for row, _ in found]),
                np.array([place for _, place in found]),
            )
            for name, found in by_metric.items()
        ]
        groups.append(_Group(model, np.array(own), metrics))
    return tuple(groups)


class _Chosen(dict[str, NDArray[np.float64]]):
    """Statistics of some rows of a group, taken when asked for."""

    def __init__(self, whole: Statistics, rows: NDArray[np.intp]) -> None:
        super().__init__()
        self._whole = whole
        self._rows = rows

    def __missing__(self, name: str) -> NDArray[np.float64]:
        self[name] = self._whole[name][self._rows]
        return self[name]


def _rows(statistics: Statistics, rows: NDArray[np.intp], size: int) -> Statistics:
    return statistics if np.array_equal(rows, np.arange(size)) else _Chosen(statistics, rows)


def _read(metric: Metric, statistics: Statistics, cuts: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return outcomes, bad ones, value and the metric itself, (series,) each."""
    estimate = metric.estimate(statistics).value
    nothing = np.full(len(estimate), np.nan)
    if metric.proportion is not None:
        counted, outcomes = metric.proportion(statistics)
        bad = outcomes - counted if metric.direction == "higher" else counted
        return outcomes, bad, nothing, estimate
    if metric.ranked is not None:
        table = metric.ranked(statistics)
        beyond = np.arange(table.shape[1]) > np.where(np.isnan(cuts), np.inf, cuts)[:, None]
        return table.sum(axis=1), (table * beyond).sum(axis=1), nothing, estimate
    low, high = bounds_of(metric)
    oriented = estimate if metric.direction == "lower" else -estimate
    events = statistics[metric.counted_by]
    outcomes = events if events.ndim == 1 else events.sum(axis=1)
    return np.where(np.isnan(estimate), 0.0, outcomes), nothing, np.clip(oriented, low, high), estimate
