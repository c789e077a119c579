"""An objective will be missed if the metric goes on as it does: said while there is time."""

from collections.abc import Sequence

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.judged_metric import JudgedMetric
from ml_exporter.bundle.alerts.told import moment, queried, told
from ml_exporter.bundle.alerts.watched_model import EVENTS_IN_TESTS, WatchedModel, watched_models
from ml_exporter.bundle.promql import number, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import Monitoring

_CROSSING = "ml_objective_crossing_timestamp_seconds"
_HOUR = 3600
_LATER = 10**9
"""Far away for the tests, which begin in 1970."""

_VALUE, _SLOPE = 0.5, -0.25

AT_RISK = AlertKind(
    "MLObjectiveAtRisk",
    "A metric will miss its objective within so many hours as the threshold says if its trend of the last days goes on;"
    " it does not miss it yet.",
    threshold=24,
    rests_on="labels",
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [
        _condition(watched, metric)
        for watched in watched_models(monitoring)
        if watched.monitoring.detection.enabled
        and "trend" in watched.monitoring.detection.detectors
        and watched.model.switches.predictive_alerting is not False
        for metric in watched.model.objectives
        if metric in watched.model.judged_metrics
    ]


def _condition(watched: WatchedModel, metric_id: str) -> Condition:
    hours = watched.threshold(AT_RISK)
    metric = catalogue.metric(metric_id, watched.model.task)
    objective = watched.model.objectives[metric_id]
    window = str(watched.monitoring.objective_window(objective.window))
    judged = JudgedMetric(watched.model, metric, window)
    own = {"model_name": watched.model.name, "model_version": VERSION}

    def largest(family: str, **labels: str) -> str:
        return f"max({selector(family, **own, **labels)})"

    value = queried(largest(metric.family.name, window=window, **metric.fixed_labels), "%.4g", number(_VALUE))
    slope = queried(largest("ml_trend_per_day", metric=metric_id), "%+.4g", f"{_SLOPE:+}")
    counted = f"sum({over_instances('max', selector(judged.counted, **own, window=window))})"
    events = told(f"{{}} {judged.events}", queried(counted, "%.0f", str(EVENTS_IN_TESTS)))
    crossing = watched.largest(_CROSSING, metric=metric_id)
    breached = watched.largest("ml_objective_breached", metric=metric_id)
    soon = int(hours * _HOUR) // 2
    when = moment(soon)
    should = f"{'at least' if metric.direction == 'higher' else 'at most'} {number(objective.threshold)}"
    return Condition(
        AT_RISK,
        f"{crossing} < time() + {number(hours * _HOUR)} unless {breached} == 1",
        {**watched.labels, "metric": metric_id},
        watched.brought,
        watched.annotations(
            AT_RISK,
            told(f"{metric.title} will miss its objective"),
            told(
                f"{{}}: {metric.title} of the last {window} is {{}} on {{}}, and changes by {{}} a day; it should be"
                f" {should}. If it goes on like this, it will not be from {{}} on.",
                watched.subject,
                value,
                events,
                slope,
                when,
            ),
            value=value,
            limit=should,
            window=window,
            further={"events": events, "crossing": when},
        ),
        [
            watched.sample(_CROSSING, _LATER, soon, metric=metric_id),
            watched.steady("ml_objective_breached", 0, metric=metric_id),
            watched.steady("ml_trend_per_day", _SLOPE, metric=metric_id),
            watched.steady(metric.family.name, _VALUE, window=window, **metric.fixed_labels),
            watched.steady(
                judged.counted,
                EVENTS_IN_TESTS,
                window=window,
                **({"status": "success"} if metric.clock == "prediction" else {}),
            ),
        ],
    )


GROUP = alert_group(
    "forecast",
    "Forecast: an objective will be missed if the metric goes on as it does.",
    [AT_RISK],
    _conditions,
    area="forecast",
)
