"""A metric over time: the buckets that a snapshot holds, put together to spans of one width."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Estimate, Metric, Statistics
from ml_exporter.config import ModelSettings
from ml_exporter.snapshot.observation import Observation
from ml_exporter.windows import KNOWN, Totals, spread_out

Floats = NDArray[np.float64]

_MOST_CELLS = 1_000_000
"""Numbers that are spread out at a time: 8 MB of them."""

_NO_SERIES = np.iinfo(np.int32).max
"""The code of a series that has no events."""


@dataclass(frozen=True)
class Spans:
    """Spans of one width, one after the other; the last one is still open."""

    first: float
    """Start of the first one, seconds since the epoch."""

    step: float
    """Their width, seconds."""

    count: int

    @property
    def starts(self) -> Floats:
        """Return the start of each, (spans,)."""
        return self.first + self.step * np.arange(self.count, dtype=np.float64)

    @property
    def end(self) -> float:
        """Return where the last one ends, seconds since the epoch."""
        return self.first + self.step * self.count

    def of(self, start: float) -> int:
        """Return the place of the span that a bucket lies in."""
        return math.floor((start - self.first) / self.step + 1e-6)

    def parts(self, most: int) -> Iterator["Spans"]:
        """Yield them in order, at most so many at a time."""
        for begin in range(0, self.count, most):
            yield Spans(self.first + begin * self.step, self.step, min(most, self.count - begin))


@dataclass(frozen=True)
class TimeSeries:
    """A metric of several series over time, each array (series, spans); NaN where a span has no value."""

    spans: Spans
    value: Floats
    lower: Floats
    upper: Floats
    events: Floats
    """How many outcomes or requests each value rests on."""


def spans_of(observation: Observation, tallies: Iterable[str], window: float, step: float | None, most: int) -> Spans:
    """Choose the spans of a window that ends with the snapshot.

    All have the width of the widest bucket that the window reaches, or a multiple of it.

    Args:
        observation: has the buckets.
        tallies: the names of those that are read.
        window: how far back they reach, seconds.
        step: how wide they should be at least, seconds; ``None``: as wide as makes ``most`` of them at most.
        most: how many there may be where no step is given.
    """
    past, at = observation.past, observation.at
    ladder = past.ladder
    first_rung = ladder.first_rung(any(past.tallies[name].histogram for name in tallies))
    rungs, _ = ladder.place(np.array([at - window]), at, first_rung)
    finest = ladder.widths[min(int(rungs[0]), len(ladder.widths) - 1)]
    wide = finest * max(1, math.ceil((window / most if step is None else step) / finest - 1e-6))
    first = min(math.ceil((at - window) / wide), at // wide) * wide
    return Spans(first, wide, int((at - first) // wide) + 1)


def tallies_of(metric: Metric, totals: Totals, model: ModelSettings) -> frozenset[str]:
    """Return the names of the tallies that a metric of a model is computed from."""
    asked = _Asked(totals.statistics(np.array([_NO_SERIES]), model))
    metric.estimate(asked)
    return frozenset(name.removeprefix(KNOWN).partition(".")[0] for name in (*asked, metric.counted_by))


def time_series(
    observation: Observation, metric: Metric, model: ModelSettings, codes: Sequence[int], spans: Spans
) -> TimeSeries:
    """Compute a metric of some series in every span.

    Args:
        observation: has the buckets.
        metric: as models of that task have it.
        model: the settings of the series' model, or of any model with the same layout.
        codes: of the series.
        spans: of ``spans_of`` for the tallies of this metric.
    """
    past = observation.past
    tallies = tallies_of(metric, observation.windows[0], model)
    cells = sum(len(past.tallies[name].columns) * past.tallies[name].width_of(model) for name in tallies)
    rows = max(1, _MOST_CELLS // cells)
    table = np.full((4, len(codes), spans.count), np.nan)
    for begin in range(0, len(codes), rows):
        some = np.array(codes[begin : begin + rows], dtype=np.intp)
        for part in spans.parts(max(1, rows // len(some))):
            statistics = _OverTime(observation, model, some, part)
            here = slice(spans.of(part.first), spans.of(part.first) + part.count)
            for row, values in zip(table, _columns(metric.estimate(statistics), statistics, metric), strict=True):
                row[begin : begin + len(some), here] = values.reshape(len(some), part.count)
    return TimeSeries(spans, *table)


def _columns(estimate: Estimate, statistics: Statistics, metric: Metric) -> tuple[Floats, Floats, Floats, Floats]:
    events = statistics[metric.counted_by]
    events = events if events.ndim == 1 else events.sum(axis=1)
    return estimate.value, estimate.lower, estimate.upper, events


class _Asked(dict[str, Floats]):
    """Statistics that remember which of them were asked for."""

    def __init__(self, statistics: Statistics) -> None:
        super().__init__()
        self._statistics = statistics

    def __missing__(self, name: str) -> Floats:
        self[name] = self._statistics[name]
        return self[name]


class _OverTime(dict[str, Floats]):
    """Statistics with a row for each series and span; a tally is read when one of its columns is first asked for."""

    def __init__(self, observation: Observation, model: ModelSettings, codes: NDArray[np.intp], spans: Spans) -> None:
        super().__init__()
        self._past = observation.past
        self._window_by = observation.monitoring.window_by
        self._model = model
        self._codes = codes
        self._spans = spans
        self._known = observation.windows[0].statistics(codes, model)
        """The same for every span."""

        self._before = min(spans.end, math.nextafter(observation.at, math.inf))

    def __missing__(self, name: str) -> Floats:
        if name.startswith(KNOWN):
            self[name] = np.repeat(self._known[name], self._spans.count, axis=0)
            return self[name]
        tally = self._past.tallies[name.partition(".")[0]]
        width, step = tally.width_of(self._model), tally.step_of(self._model)
        spans, rows = self._spans, len(self._codes) * self._spans.count
        table = np.zeros((len(self._codes), spans.count, width // step, len(tally.columns)))
        clock = self._past.clock(tally.name, self._window_by)
        if clock is not None:
            for start, sums in self._past.starting(tally.name, clock, spans.first, self._before):
                table[:, spans.of(start)] += spread_out(sums, tally, self._codes, width, step)
        shape = (rows, width // step) if tally.bins > 1 else (rows,)
        for index, column in enumerate(tally.columns):
            self[f"{tally.name}.{column}"] = np.ascontiguousarray(table[..., index]).reshape(shape)
        return self[name]
