"""How a model stands: one of five states, and what is worst about it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric, intervals
from ml_exporter.config import ModelSettings, Objective
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.server.api.choosing import default_window
from ml_exporter.snapshot import Observation, TimeSeries, VersionObservation, spans_of, tallies_of, time_series
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Totals

_MOST_SPANS = 96

Codes = NDArray[np.intp]


class State(IntEnum):
    """How a model stands, the worst first."""

    DEGRADED = 0
    BREACHED = 1
    UNKNOWN = 2
    """Its predictions come, but nothing is known of how good they are."""

    LEARNING = 3
    HEALTHY = 4


@dataclass(frozen=True)
class Value:
    """A metric of a version now. NaN: not known."""

    value: float
    lower: float
    upper: float
    events: float
    """How many outcomes or requests it rests on."""


@dataclass(frozen=True)
class Standing:
    """How one version of a model stands."""

    key: SeriesKey
    state: State
    metric: Metric
    """What is worst about it, or its headline."""

    window: str
    now: Value
    objective: Objective | None
    degradation: Degradation | None
    """What detectors say of that metric."""

    degraded: Sequence[str]
    breached: Sequence[str]
    """The titles of all metrics that are."""

    coverage: float
    """Share of the predictions of the trend's window that are labelled."""

    join: VersionObservation
    catching_up: bool
    trend: TimeSeries
    row: int
    """Its place in the trend, which it shares with others."""

    @property
    def begin(self) -> int:
        """Return the first span of the trend that is worth showing: of a new model, where its values begin."""
        known = np.flatnonzero(~np.isnan(self.trend.value[self.row]))
        return int(known[0]) if len(known) and 2 * known[0] > self.trend.spans.count else 0


@dataclass(frozen=True)
class _Chosen:
    """What is to be shown of a version."""

    code: int
    key: SeriesKey
    model: ModelSettings
    metric: Metric
    window: str
    degraded: Sequence[Degradation]
    breached: Sequence[str]

    @property
    def objective(self) -> Objective | None:
        return self.model.objectives.get(self.metric.id)


def standings(observation: Observation) -> list[Standing]:
    """Return how every exposed version stands, the worst first."""
    chosen = _choose(observation)
    groups: dict[tuple[object, ...], list[_Chosen]] = defaultdict(list)
    for one in chosen:
        groups[(one.model.layout, one.metric.id, one.window)].append(one)
    found = [standing for members in groups.values() for standing in _of_group(observation, members)]
    return sorted(found, key=_rank)


def _choose(observation: Observation) -> list[_Chosen]:
    degraded: dict[SeriesKey, list[Degradation]] = defaultdict(list)
    for one in observation.degradations:
        if one.degraded:
            degraded[SeriesKey(one.model_name, one.model_version)].append(one)
    breached: dict[SeriesKey, list[str]] = defaultdict(list)
    for verdict in observation.verdicts:
        if verdict.breached:
            breached[verdict.series].append(verdict.metric)
    chosen = []
    for code, key in observation.series:
        if not key.is_slice:
            model = observation.monitoring.model(key.model)
            metric = _worst(model, degraded[key], breached[key])
            objective = model.objectives.get(metric.id)
            window = observation.monitoring.objective_window(objective.window if objective else None)
            chosen.append(_Chosen(code, key, model, metric, str(window), degraded[key], breached[key]))
    return chosen


def _worst(model: ModelSettings, degraded: Sequence[Degradation], breached: Sequence[str]) -> Metric:
    """Return the metric that says most: the headline, unless another one is degraded or misses its objective."""
    own = [metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)]
    headline = next(metric for metric in own if metric.headline)
    by_evidence = sorted(degraded, key=lambda one: one.log10_threshold - one.log10_evidence)
    names = [one.metric for one in by_evidence] or list(breached)
    if not names or headline.id in names:
        return headline
    return catalogue.metric(names[0], model.task)


def _of_group(observation: Observation, members: Sequence[_Chosen]) -> list[Standing]:
    """Return how versions stand of which the same metric is shown, computed together."""
    model, metric = members[0].model, members[0].metric
    windows = {window.label: window for window in observation.windows}
    codes = np.array([one.code for one in members])
    values = _values(windows[members[0].window], codes, model, metric)
    back = default_window(observation.monitoring)
    coverage = _coverage(windows[str(back)], codes, model)
    spans = spans_of(observation, tallies_of(metric, observation.windows[0], model), back.seconds, None, _MOST_SPANS)
    trend = time_series(observation, metric, model, codes.tolist(), spans)
    said = {(one.model_name, one.model_version, one.metric): one for one in observation.degradations}
    return [
        Standing(
            key=one.key,
            state=_state(one, values[row], said.get((one.key.model, one.key.version, metric.id))),
            metric=metric,
            window=one.window,
            now=values[row],
            objective=one.objective,
            degradation=said.get((one.key.model, one.key.version, metric.id)),
            degraded=_titles(one, [degraded.metric for degraded in one.degraded]),
            breached=_titles(one, one.breached),
            coverage=float(coverage[row]),
            join=observation.versions[one.code],
            catching_up=observation.catching_up.get(one.key.model, False),
            trend=trend,
            row=row,
        )
        for row, one in enumerate(members)
    ]


def _values(window: Totals, codes: Codes, model: ModelSettings, metric: Metric) -> list[Value]:
    statistics = window.statistics(codes, model)
    estimate, events = metric.estimate(statistics), statistics[metric.counted_by]
    events = events if events.ndim == 1 else events.sum(axis=1)
    columns = np.column_stack([estimate.value, estimate.lower, estimate.upper, events])
    return [Value(*row) for row in columns.tolist()]


def _coverage(window: Totals, codes: Codes, model: ModelSettings) -> NDArray[np.float64]:
    statistics = window.statistics(codes, model)
    return intervals.divide(statistics["labelled.count"], statistics["made.count"])


def _state(one: _Chosen, now: Value, said: Degradation | None) -> State:
    if one.degraded:
        return State.DEGRADED
    if one.breached:
        return State.BREACHED
    if math.isnan(now.value):
        return State.UNKNOWN
    judged = said is not None and said.baseline is not None
    met = one.objective is not None and now.events >= one.objective.minimum_outcomes
    return State.HEALTHY if judged or met else State.LEARNING


def _titles(one: _Chosen, metrics: Sequence[str]) -> list[str]:
    return [catalogue.metric(metric, one.model.task).title for metric in metrics]


def _rank(standing: Standing) -> tuple[int, float, str, str]:
    """Return what sorts standings: by state, then by how long it has been so, then by name."""
    since = standing.degradation.since if standing.degradation and standing.degradation.degraded else 0.0
    return (standing.state, -since, standing.key.model, standing.key.version)


def counts(found: Sequence[Standing]) -> Mapping[State, int]:
    """Return how many are in each state."""
    return {state: sum(one.state == state for one in found) for state in State}
