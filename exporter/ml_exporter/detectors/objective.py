"""Objectives: is a metric where its owner wants it, given how much it rests on?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from ml_exporter import catalogue
from ml_exporter.catalogue import Direction, Estimate
from ml_exporter.config import ModelSettings, Monitoring, Objective
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Totals

STATE = "detectors/objective"


@dataclass(frozen=True)
class Verdict:
    """What is said of one metric of one series."""

    series: SeriesKey
    metric: str
    threshold: float
    breached: bool


def judge(
    *,
    value: float,
    near_bound: float,
    events: float,
    objective: Objective,
    direction: Direction,
    breached: bool,
) -> bool:
    """Tell whether an objective is breached now.

    Args:
        value: the metric's value, NaN where there is none.
        near_bound: the bound of its interval that is nearest to the objective, NaN where it has no interval.
        events: how many outcomes or requests it rests on.
        objective: what is to be reached.
        direction: which way is better.
        breached: what was said before. It stays until the evidence says otherwise, so that missing data or five
            outcomes neither raise nor clear anything.
    """
    if np.isnan(value) or events < objective.minimum_outcomes:
        return breached
    sign = 1.0 if direction == "higher" else -1.0
    if breached:
        return sign * value < sign * objective.threshold
    return sign * (value if np.isnan(near_bound) else near_bound) < sign * objective.threshold


class ObjectiveJudge:
    """Judges every objective of every version at each tick, and remembers what it said."""

    def __init__(self, monitoring: Monitoring) -> None:
        self._monitoring = monitoring
        self._breached: set[tuple[SeriesKey, str]] = set()

    def judge(self, series: Sequence[tuple[int, SeriesKey]], windows: Mapping[str, Totals]) -> list[Verdict]:
        """Judge the objectives of the given overall series.

        Args:
            series: code and key of each.
            windows: by label.
        """
        verdicts: list[Verdict] = []
        for model in self._monitoring.models:
            versions = [(code, key) for code, key in series if key.model == model.name]
            for metric_id, objective in model.objectives.items():
                verdicts += self._judge_metric(model, metric_id, objective, versions, windows)
        return verdicts

    def _judge_metric(
        self,
        model: ModelSettings,
        metric_id: str,
        objective: Objective,
        versions: list[tuple[int, SeriesKey]],
        windows: Mapping[str, Totals],
    ) -> list[Verdict]:
        metric = catalogue.metric(metric_id, model.task)
        direction = metric.direction
        if direction is None or not versions:
            return []
        window = windows[str(self._monitoring.objective_window(objective.window))]
        statistics = window.statistics(np.array([code for code, _ in versions]), model)
        estimate: Estimate = metric.estimate(statistics)
        events = statistics[metric.counted_by]
        if events.ndim > 1:
            events = events.sum(axis=1)
        near = estimate.upper if direction == "higher" else estimate.lower
        verdicts = []
        for index, (_, key) in enumerate(versions):
            breached = judge(
                value=float(estimate.value[index]),
                near_bound=float(near[index]),
                events=float(events[index]),
                objective=objective,
                direction=direction,
                breached=(key, metric_id) in self._breached,
            )
            (self._breached.add if breached else self._breached.discard)((key, metric_id))
            verdicts.append(Verdict(key, metric_id, objective.threshold, breached))
        return verdicts

    def to_bytes(self) -> bytes:
        """Return what was said, for the ledger."""
        rows = sorted((key.model, key.version, metric) for key, metric in self._breached)
        return msgspec.json.encode(rows)

    def restore(self, stored: bytes | None) -> None:
        """Take over what was said before the process started, of the objectives that there still are."""
        rows = msgspec.json.decode(stored, type=list[tuple[str, str, str]]) if stored else []
        configured = {(model.name, metric) for model in self._monitoring.models for metric in model.objectives}
        self._breached = {
            (SeriesKey(model, version), metric) for model, version, metric in rows if (model, metric) in configured
        }
