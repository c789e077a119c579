"""The windowed gauges of the past, as OpenMetrics with timestamps, for promtool to make blocks of.

A gauge of a past moment is what the exporter would have shown at the last edge of a bucket before it, had it known all
that it knows now: labels that came later by ``window_by: prediction`` are in it.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate, Family, Metric, Statistics, feed_state, serving
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.catalogue.intervals import divide
from ml_exporter.config import Monitoring
from ml_exporter.pipeline.stored_past import Past
from ml_exporter.snapshot.families import Labels, series_label_values
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.windows import Totals, windows_at

Column = NDArray[np.float64]

_END = "# EOF\n"


@dataclass(frozen=True)
class Moments:
    """The times of the samples, and the edges of buckets at which the gauges were computed."""

    times: Column
    """(times,) rising, seconds since the epoch."""

    edges: Column
    """(edges,) rising."""

    widths: Column
    """(edges,) of the buckets there: shorter windows cannot be told."""

    edge_of: NDArray[np.intp]
    """(times,) the edge whose gauges hold at each time."""


def moments(past: Past, since: float, until: float, step: float, now: float) -> Moments:
    """Return the times from ``since`` to ``until``, at whole multiples of ``step``, that the past reaches back to.

    Args:
        past: what the store keeps.
        since: seconds since the epoch.
        until: likewise.
        step: seconds.
        now: how fine the past is kept depends on how long ago it is.
    """
    reach = past.reach()
    if reach is None or until < max(since, reach[0]):
        return Moments(np.empty(0), np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))
    first = np.ceil(max(since, reach[0]) / step) * step
    times = first + step * np.arange(int((until - first) // step) + 1)
    ladder = past.buckets.ladder
    rung, _ = ladder.place(np.nextafter(times, 0.0), now, ladder.first_rung(histogram=True))
    kept = rung < len(ladder.widths)
    widths = np.array(ladder.widths)[rung[kept]]
    edges, index, edge_of = np.unique(times[kept] // widths * widths, return_index=True, return_inverse=True)
    return Moments(times[kept], edges, widths[index], edge_of.reshape(-1))


def openmetrics_history(
    past: Past, when: Moments, target: Mapping[str, str], computed: Callable[[int], None] = lambda _: None
) -> Iterator[str]:
    """Yield the lines of the windowed gauges of every series, family by family.

    A series has no sample at times at which nothing of it lies in the longest window.

    Args:
        past: what the store keeps.
        when: the times.
        target: labels that Prometheus gives the exporter's samples: ``job``, ``instance``.
        computed: is told of each edge that is done.
    """
    collected = _Collected(past.monitoring, len(when.edges))
    grouped = {sliced: groups(past.monitoring, past.series, slices=sliced) for sliced in (True, False)}
    for index, (edge, width) in enumerate(zip(when.edges.tolist(), when.widths.tolist(), strict=True)):
        at = float(np.nextafter(edge, 0.0))  # the bucket that begins at the edge is not in it
        totals = windows_at(past.buckets, past.monitoring.windows, past.monitoring.window_by, at)
        told = [one for window, one in zip(past.monitoring.windows, totals, strict=True) if window.seconds >= width]
        for sliced, members in grouped.items():
            for group in members:
                alive = _alive(group, totals[-1], sliced=sliced)
                for window in told:
                    for gauge in _gauges(past, group, window, sliced=sliced):
                        collected.add(gauge, group, window.label, index, alive)
        computed(index)
    yield from collected.lines(when, tuple(target.items()))
    yield _END


@dataclass(frozen=True)
class _Gauge:
    """A family's values with some labels, in one window."""

    family: Family
    """Of the overall series; slices have their own."""

    values: Column
    """(series,) of a group, NaN for none."""

    labels: Labels = ()
    """Values of labels that follow the window."""

    model_labels: Labels = ()
    """Names of labels that follow those, whose values are the models' own."""


class _Collected:
    """Values by family and labels, one for each edge."""

    def __init__(self, monitoring: Monitoring, edges: int) -> None:
        self._monitoring = monitoring
        self._edges = edges
        self._values: dict[Family, dict[Labels, Column]] = defaultdict(dict)

    def add(self, gauge: _Gauge, group: Group, window: str, edge: int, alive: NDArray[np.bool_]) -> None:
        """Add what a gauge says of the series of a group at an edge, of those that are alive."""
        for place in np.flatnonzero(alive & ~np.isnan(gauge.values)).tolist():
            key = group.keys[place]
            family = _of_slices(gauge.family) if key.is_slice else gauge.family
            if self._monitoring.exposes(family.name):
                model = self._monitoring.model(key.model)
                own = map(model.label_value, gauge.model_labels)
                labels = (*series_label_values(key), window, *gauge.labels, *own)
                found = self._values[family]
                if labels not in found:
                    found[labels] = np.full(self._edges, np.nan)
                found[labels][edge] = gauge.values[place]

    def lines(self, when: Moments, target: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield the lines, families by name, the samples of each series by time."""
        times = [f"{time:.3f}".rstrip("0").rstrip(".") for time in when.times.tolist()]
        for family in sorted(self._values, key=lambda family: family.name):
            yield f"# HELP {family.name} {_escaped(family.help)}\n# TYPE {family.name} {family.type}\n"
            for labels, values in sorted(self._values[family].items()):
                pairs = (*zip(family.labels, labels, strict=True), *target)
                shown = ",".join(f'{label}="{_escaped(value)}"' for label, value in pairs)
                name = f"{family.name}{{{shown}}}"
                by_time = values[when.edge_of]
                for place in np.flatnonzero(~np.isnan(by_time)).tolist():
                    yield f"{name} {float(by_time[place])!r} {times[place]}\n"


_of_slices = functools.cache(segment_family)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _alive(group: Group, longest: Totals, *, sliced: bool) -> NDArray[np.bool_]:
    """Tell of which series something lies in the longest window."""
    statistics = group.statistics(longest)
    outcomes = statistics["outcomes.count"] > 0
    return np.asarray(outcomes if sliced else outcomes | (statistics["requests.count"].sum(axis=1) > 0))


def _gauges(past: Past, group: Group, window: Totals, *, sliced: bool) -> Iterator[_Gauge]:
    """Yield everything that is shown of a window: of metrics that slices have, too, or of the others."""
    statistics, model = group.statistics(window), group.model
    for metric in catalogue.metrics():
        if metric.sliced == sliced and metric.applies(model.task, model.offers):
            yield from _of_metric(metric, metric.estimate(statistics))
    for spread in catalogue.spreads():
        if spread.sliced == sliced and not spread.since_the_beginning and spread.applies(model.task, model.offers):
            for labels, values in spread.rows(statistics, model):
                yield _Gauge(spread.family, values, labels)
    if sliced:
        yield _Gauge(feed_state.WINDOW_OUTCOMES, statistics["outcomes.count"])
    else:
        yield _Gauge(feed_state.LABEL_COVERAGE, divide(statistics["labelled.count"], statistics["made.count"]))
        yield from _requests(past, group, statistics)


def _of_metric(metric: Metric, estimate: Estimate) -> Iterator[_Gauge]:
    labels = tuple(metric.fixed_labels.values())
    yield _Gauge(metric.family, estimate.value, labels, metric.model_labels)
    if metric.interval is not None:
        yield _Gauge(metric.bound_family("lower"), estimate.lower, labels, metric.model_labels)
        yield _Gauge(metric.bound_family("upper"), estimate.upper, labels, metric.model_labels)


def _requests(past: Past, group: Group, statistics: Statistics) -> Iterator[_Gauge]:
    counts = statistics["requests.count"]
    for code, status in enumerate(past.statuses):
        shown = counts[:, code] if code == 0 else np.where(counts[:, code] > 0, counts[:, code], np.nan)
        yield _Gauge(serving.WINDOW_REQUESTS, shown, (status,))
    objective = [past.monitoring.model(key.model).slow_request_seconds is not None for key in group.keys]
    yield _Gauge(serving.WINDOW_SLOW_REQUESTS, np.where(objective, statistics["requests.slow"].sum(axis=1), np.nan))
