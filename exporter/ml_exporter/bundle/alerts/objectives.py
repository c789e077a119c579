"""A model misses an objective."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert, within_outage
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import JOB, over_instances, selector
from ml_exporter.bundle.templating import VERSION, literal, value_of
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings, Monitoring, Objective

NAME = "MLObjectiveBreached"


@dataclass(frozen=True)
class _Shown:
    """What the annotations show: templates in the rule, plain texts in its tests."""

    version: str
    version_in_url: str
    value: str
    lower: str
    upper: str
    events: str


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [
        _alert(monitoring, model, catalogue.metric(metric_id), objective)
        for model in monitoring.models
        for metric_id, objective in model.objectives.items()
    ]


def _alert(monitoring: Monitoring, model: ModelSettings, metric: Metric, objective: Objective) -> Alert:
    window = str(monitoring.objective_window(objective.window))
    timing = monitoring.alerting.timing
    breached = selector("ml_objective_breached", metric=metric.id, model_name=model.name)
    templates = _templates(model, metric, window)
    return Alert(
        name=NAME,
        expression=f"{over_instances('max', breached)} == 1",
        labels={"severity": objective.severity},
        annotations=_annotations(monitoring, model, metric, objective, templates, literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
        cases=_cases(monitoring, model, metric, objective),
    )


def _templates(model: ModelSettings, metric: Metric, window: str) -> _Shown:
    def queried(family: str, number_format: str = "%.4g", **labels: str) -> str:
        series = selector(family, model_name=model.name, model_version=VERSION, window=window, **labels)
        return value_of(over_instances("max", series), number_format)

    bounded = metric.interval is not None
    events = "ml_window_outcomes" if metric.clock == "outcome" else "ml_window_requests"
    return _Shown(
        version=VERSION,
        version_in_url="{{ $labels.model_version | urlquery }}",
        value=queried(metric.family.name, **metric.fixed_labels),
        lower=queried(metric.bound_family("lower").name, **metric.fixed_labels) if bounded else "",
        upper=queried(metric.bound_family("upper").name, **metric.fixed_labels) if bounded else "",
        events=queried(events, "%.0f"),
    )


def _annotations(
    monitoring: Monitoring,
    model: ModelSettings,
    metric: Metric,
    objective: Objective,
    shown: _Shown,
    escape: Callable[[str], str],
) -> dict[str, str]:
    window = str(monitoring.objective_window(objective.window))
    limit = "at least" if metric.direction == "higher" else "at most"
    threshold = f"{limit} {objective.threshold:g}"
    interval = f" (95 % interval {shown.lower} to {shown.upper})" if shown.lower else ""
    events = "outcomes" if metric.clock == "outcome" else "requests"
    return {
        "summary": f"{escape(model.name)} {shown.version}: {metric.title.lower()} misses its objective",
        "description": (
            f"Over the last {window}, {metric.title.lower()} of {escape(model.name)} {shown.version} is"
            f" {shown.value}{interval} on {shown.events} {events}; it should be {threshold}."
        ),
        "value": f"{shown.value}{interval}",
        "threshold": threshold,
        "window": window,
        "events": f"{shown.events} {events}",
        "dashboard_url": dashboard(monitoring, model.name, model_version=shown.version_in_url, window=window),
        "runbook_url": runbook(monitoring, NAME),
    }


def _cases(monitoring: Monitoring, model: ModelSettings, metric: Metric, objective: Objective) -> tuple[Case, ...]:
    """Cases with values that print alike in Go and in Python."""
    version = "v1"
    shown = _Shown(version, version, "0.25", "0.125", "0.375", "200")
    if metric.interval is None:
        shown = _Shown(version, version, "0.25", "", "", "200")
    expected = ExpectedAlert(
        labels={
            "job": JOB,
            "severity": objective.severity,
            "metric": metric.id,
            "model_name": model.name,
            "model_version": version,
        },
        annotations=_annotations(monitoring, model, metric, objective, shown, str),
    )
    no_data = _Shown(version, version, *(text and "no data" for text in (shown.value, shown.lower, shown.upper, "x")))
    without_sample = ExpectedAlert(expected.labels, _annotations(monitoring, model, metric, objective, no_data, str))
    instance = {"instance": "one:9877"}
    verdict = _series("ml_objective_breached", model, version, metric=metric.id, **instance)
    twin = _series("ml_objective_breached", model, version, metric=metric.id, instance="two:9877")
    numbers = _numbers(monitoring, model, metric, objective, shown, instance)
    return (
        Case("A breach that lasts fires", {verdict: "0x10 1x600", **numbers}, "2h", (expected,)),
        Case("An objective that is met does not fire", {verdict: "0x500", **numbers}, "2h", ()),
        Case(
            "An outage of the exporter resolves nothing while keep_firing_for lasts",
            {verdict: "1x200 _x600", **dict.fromkeys(numbers, "_x600")},
            within_outage(monitoring, 200 * 15),
            (without_sample,),
        ),
        Case(
            "Two exporters that say the same page once",
            {verdict: "1x500", twin: "1x500", **numbers},
            "2h",
            (expected,),
        ),
    )


def _numbers(
    monitoring: Monitoring,
    model: ModelSettings,
    metric: Metric,
    objective: Objective,
    shown: _Shown,
    instance: dict[str, str],
) -> dict[str, str]:
    window = str(monitoring.objective_window(objective.window))
    families = {metric.family.name: shown.value}
    if metric.interval is not None:
        families |= {
            metric.bound_family("lower").name: shown.lower,
            metric.bound_family("upper").name: shown.upper,
        }
    values = {
        _series(name, model, shown.version, window=window, **metric.fixed_labels, **instance): f"{value}x500"
        for name, value in families.items()
    }
    if metric.clock == "outcome":
        return values | {_series("ml_window_outcomes", model, shown.version, window=window, **instance): "200x500"}
    requests = _series("ml_window_requests", model, shown.version, window=window, status="success", **instance)
    return values | {requests: "200x500"}


def _series(family: str, model: ModelSettings, version: str, **labels: str) -> str:
    return selector(family, model_name=model.name, model_version=version, **labels)


GROUP = AlertGroup(
    "objectives",
    "Objectives: a metric is not where its owner wants it.",
    {
        NAME: "A metric misses its objective: its whole 95 % interval lies beyond it, on enough outcomes. The verdict"
        " stays until the value is back; missing data resolves nothing."
    },
    _alerts,
)
