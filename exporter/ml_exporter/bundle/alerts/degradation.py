"""A model has degraded: what pages. The detectors' verdict against its own baseline, at a promised rate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.judged_metric import JudgedMetric, outages
from ml_exporter.bundle.alerts.links import DEGRADATION, dashboard, runbook
from ml_exporter.bundle.alerts.objective_text import NOT_KNOWN
from ml_exporter.bundle.promql import JOB, over_instances, selector
from ml_exporter.bundle.templating import VERSION, VERSION_IN_URL, literal, looked_up, plain
from ml_exporter.config import Monitoring

NAME = "MLModelDegraded"
_VERSION = "v1"
_VALUE, _BASELINE, _CHANGE, _EVENTS = 0.75, 1.0, -0.25, 200
"""Numbers that Go and Python print alike."""


@dataclass(frozen=True)
class _Shown:
    """What differs between a rule and its tests: templates in the one, what they print in the other."""

    version: str
    version_in_url: str
    value: str
    baseline: str
    change: str
    events: str


def _judged(monitoring: Monitoring) -> list[JudgedMetric]:
    if not monitoring.detection.enabled:
        return []
    window = str(monitoring.windows[0])
    return [
        JudgedMetric(model, catalogue.metric(metric, model.task), window)
        for model in monitoring.models
        for metric in model.judged_metrics
    ]


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [_alert(monitoring, judged) for judged in _judged(monitoring)]


def _alert(monitoring: Monitoring, judged: JudgedMetric) -> Alert:
    model, metric = judged.model.name, judged.metric.id
    degraded = selector("ml_degraded", model_name=model, metric=metric)
    timing = monitoring.alerting.timing
    return Alert(
        name=NAME,
        expression=f"{over_instances('max', degraded)} == 1",
        labels={"severity": monitoring.detection.severity, "model_name": literal(model), "metric": metric},
        annotations=_annotations(monitoring, judged, _templates(judged), literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
    )


def _templates(judged: JudgedMetric) -> _Shown:
    metric, own = judged.metric, {"model_name": judged.model.name, "model_version": VERSION}

    def largest(family: str, **labels: str) -> str:
        return f"max({selector(family, **own, **labels)})"

    events = f"sum({over_instances('max', selector(judged.counted, **own, window=judged.window))})"
    value = largest(metric.family.name, window=judged.window, **metric.fixed_labels)
    return _Shown(
        version=VERSION,
        version_in_url=VERSION_IN_URL,
        value=looked_up(value, "%.4g", otherwise=NOT_KNOWN),
        baseline=looked_up(largest("ml_baseline_mean", metric=metric.id), "%.4g", otherwise=NOT_KNOWN),
        change=looked_up(f"100 * {largest('ml_change_ratio', metric=metric.id)}", "%+.1f %%"),
        events=f"{looked_up(events, '%.0f')} {judged.events}",
    )


def _annotations(
    monitoring: Monitoring, judged: JudgedMetric, shown: _Shown, escape: Callable[[str], str]
) -> dict[str, str]:
    subject = f"{escape(judged.model.name)} {shown.version}"
    return {
        "summary": f"{subject}: {judged.metric.title} has degraded",
        "description": (
            f"{subject}: {judged.metric.title} of the last {judged.window} is {shown.value} on {shown.events}; it was"
            f" {shown.baseline} while the model was healthy ({shown.change}). This is not chance."
        ),
        "value": shown.value,
        "threshold": f"{shown.baseline} while healthy",
        "window": judged.window,
        "events": shown.events,
        "dashboard_url": dashboard(
            monitoring, judged.model.name, uid=DEGRADATION, model_version=shown.version_in_url, window=judged.window
        ),
        "runbook_url": runbook(monitoring, NAME),
    }


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    judged = _judged(monitoring)
    if not judged:
        return ()
    seen = course(monitoring)

    def verdicts(values: str, *instances: str) -> dict[str, str]:
        return {
            one.series("ml_degraded", _VERSION, name, metric=one.metric.id): values
            for one in judged
            for name in instances or ("one",)
        }

    def numbers(values: Callable[[float], str]) -> dict[str, str]:
        return {series: text for one in judged for series, text in _numbers(one, values).items()}

    def expected(*, known: bool) -> list[ExpectedAlert]:
        return [_expected(monitoring, one, known=known) for one in judged]

    there, gone = numbers(seen.throughout), numbers(lambda value: seen.missing_after(value, value))
    return [
        Case(
            NAME,
            "A degradation that lasts fires, once for a pair of exporters",
            verdicts(seen.changed(0, 1), "one", "two") | there,
            seen.firing,
            expected(known=True),
        ),
        Case(NAME, "A healthy metric does not fire", verdicts(seen.throughout(0)) | there, seen.over),
        Case(
            NAME,
            "A metric that has recovered resolves when keep_firing_for is over",
            verdicts(seen.calm_again(0, 1)) | there,
            seen.over,
        ),
        *outages(
            NAME,
            seen,
            verdicts(seen.missing_after(0, 1)) | gone,
            verdicts(seen.changed(0, 1)) | gone,
            expected(known=True),
            expected(known=False),
        ),
    ]


def _expected(monitoring: Monitoring, judged: JudgedMetric, *, known: bool) -> ExpectedAlert:
    shown = _Shown(_VERSION, _VERSION, NOT_KNOWN, NOT_KNOWN, "-", f"- {judged.events}")
    if known:
        change = f"{100 * _CHANGE:+.1f} %"
        shown = _Shown(_VERSION, _VERSION, f"{_VALUE}", f"{_BASELINE:g}", change, f"{_EVENTS} {judged.events}")
    labels = {
        "job": JOB,
        "severity": monitoring.detection.severity,
        "metric": judged.metric.id,
        "model_name": judged.model.name,
        "model_version": _VERSION,
    }
    return ExpectedAlert(labels, _annotations(monitoring, judged, shown, plain))


def _numbers(judged: JudgedMetric, values: Callable[[float], str]) -> dict[str, str]:
    """Return the series that the annotations look up."""
    metric, window = judged.metric, judged.window
    status = {"status": "success"} if metric.clock == "prediction" else {}
    return {
        judged.series(metric.family.name, _VERSION, "one", window=window, **metric.fixed_labels): values(_VALUE),
        judged.series(judged.counted, _VERSION, "one", window=window, **status): values(_EVENTS),
        judged.series("ml_baseline_mean", _VERSION, "one", metric=metric.id): values(_BASELINE),
        judged.series("ml_change_ratio", _VERSION, "one", metric=metric.id): values(_CHANGE),
    }


GROUP = AlertGroup(
    "degradation",
    "Degradation: a metric is worse than it was while the model was healthy.",
    {
        NAME: "A metric is worse than its own baseline, beyond chance: the detectors that page say so together, with at"
        " most one false alarm a `detection.false_alarm_every` and metric. It stays until the metric has been back for"
        " `detection.recover_for`; missing data resolves nothing."
    },
    _alerts,
    _cases,
    rests_on={NAME: "labels"},
)
