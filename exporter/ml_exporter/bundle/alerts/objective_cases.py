"""The cases in which alerts of missed objectives must and must not fire."""

from collections.abc import Callable, Sequence

from ml_exporter.bundle.alerts import Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.judged_metric import outages
from ml_exporter.bundle.alerts.objective_text import NOT_KNOWN, Judged, Shown, annotations
from ml_exporter.bundle.promql import JOB
from ml_exporter.bundle.templating import plain
from ml_exporter.config import Monitoring

_VERSION = "v1"
_VALUE, _LOWER, _UPPER, _EVENTS = 0.25, 0.125, 0.375, 200
"""Numbers that Go and Python print alike."""


def cases(monitoring: Monitoring, alert: str, objectives: Sequence[Judged]) -> Sequence[Case]:
    """Return the cases of the alerts of that name, each with all objectives at once."""
    seen = course(monitoring)

    def expected(*, known: bool) -> list[ExpectedAlert]:
        return [
            ExpectedAlert(
                {
                    "job": JOB,
                    "severity": judged.objective.severity,
                    "metric": judged.metric.id,
                    "model_name": judged.model.name,
                    "model_version": _VERSION,
                },
                annotations(monitoring, alert, judged, _shown(judged, known=known), plain),
            )
            for judged in objectives
        ]

    def verdicts(values: str, *instances: str) -> dict[str, str]:
        return {
            judged.series("ml_objective_breached", _VERSION, name, metric=judged.metric.id): values
            for judged in objectives
            for name in instances or ("one",)
        }

    def numbers(values: Callable[[float], str], *instances: str) -> dict[str, str]:
        return {
            series: text
            for judged in objectives
            for name in instances or ("one",)
            for series, text in _numbers(judged, values, name).items()
        }

    there, gone = numbers(seen.throughout), numbers(lambda value: seen.missing_after(value, value))
    return [
        Case(
            alert,
            "A breach that lasts fires, once for a pair of exporters",
            verdicts(seen.changed(0, 1), "one", "two") | numbers(seen.throughout, "one", "two"),
            seen.firing,
            expected(known=True),
        ),
        Case(alert, "An objective that is met does not fire", verdicts(seen.throughout(0)) | there, seen.over),
        Case(alert, "A short breach does not fire", verdicts(seen.changed(0, 1)) | there, seen.pending),
        Case(
            alert,
            "An objective that is met again resolves when keep_firing_for is over",
            verdicts(seen.calm_again(0, 1)) | there,
            seen.over,
        ),
        *outages(
            alert,
            seen,
            verdicts(seen.missing_after(0, 1)) | gone,
            verdicts(seen.changed(0, 1)) | gone,
            expected(known=True),
            expected(known=False),
        ),
    ]


def _shown(judged: Judged, *, known: bool) -> Shown:
    if not known:
        return Shown(_VERSION, _VERSION, NOT_KNOWN, NOT_KNOWN, f"- {judged.events}")
    interval = f" (95 % interval {_LOWER} to {_UPPER})" if judged.bounded else ""
    value, events = f"{_VALUE}{judged.unit}{interval}", f"{_EVENTS} {judged.events}"
    return Shown(_VERSION, _VERSION, value, f"{value} on {events}", events)


def _numbers(judged: Judged, values: Callable[[float], str], instance: str) -> dict[str, str]:
    """Return the series of value, bounds and events; requests stand by status and are added up."""
    metric = judged.metric
    families = {metric.family.name: _VALUE}
    if judged.bounded:
        families |= {metric.bound_family("lower").name: _LOWER, metric.bound_family("upper").name: _UPPER}
    numbers = [(family, dict(metric.fixed_labels), value) for family, value in families.items()]
    if metric.clock == "outcome":
        numbers.append((judged.counted, {}, _EVENTS))
    else:
        statuses = {"error": _EVENTS // 4, "success": _EVENTS - _EVENTS // 4}
        numbers += [(judged.counted, {"status": status}, count) for status, count in statuses.items()]
    return {
        judged.series(family, _VERSION, instance, window=judged.window, **labels): values(value)
        for family, labels, value in numbers
    }
