"""The cases in which an alert of a missed objective must and must not fire."""

from collections.abc import Callable

from ml_exporter.bundle.alerts import Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.objective_text import NOT_KNOWN, Judged, Shown, annotations
from ml_exporter.bundle.promql import JOB, selector
from ml_exporter.bundle.templating import plain
from ml_exporter.config import Monitoring

_VERSION = "v1"
_VALUE, _LOWER, _UPPER, _EVENTS = 0.25, 0.125, 0.375, 200
"""Numbers that Go and Python print alike."""


def cases(monitoring: Monitoring, alert: str, judged: Judged) -> tuple[Case, ...]:
    """Return the cases of an alert of that name."""
    seen = course(monitoring)

    def expected(shown: Shown) -> tuple[ExpectedAlert, ...]:
        labels = {
            "job": JOB,
            "severity": judged.objective.severity,
            "metric": judged.metric.id,
            "model_name": judged.model.name,
            "model_version": _VERSION,
        }
        return (ExpectedAlert(labels, annotations(monitoring, alert, judged, shown, plain)),)

    def verdict(values: str, *instances: str) -> dict[str, str]:
        return {_series(judged, "ml_objective_breached", name, metric=judged.metric.id): values for name in instances}

    there, missing = _shown(judged, known=True), _shown(judged, known=False)
    numbers, numbers_of_pair = (_numbers(judged, seen.throughout, *names) for names in (("one",), ("one", "two")))
    return (
        Case(
            "A breach that lasts fires, once for a pair of exporters",
            {**verdict(seen.changed(0, 1), "one", "two"), **numbers_of_pair},
            seen.firing,
            expected(there),
        ),
        Case(
            "An objective that is met does not fire", {**verdict(seen.throughout(0), "one"), **numbers}, seen.over, ()
        ),
        Case("A short breach does not fire", {**verdict(seen.changed(0, 1), "one"), **numbers}, seen.pending, ()),
        Case(
            "An objective that is met again resolves when keep_firing_for is over",
            {**verdict(seen.calm_again(0, 1), "one"), **numbers},
            seen.over,
            (),
        ),
        Case(
            "An outage of the exporter resolves nothing while keep_firing_for lasts",
            {
                **verdict(seen.missing_after(0, 1), "one"),
                **_numbers(judged, lambda value: seen.missing_after(value, value), "one"),
            },
            seen.in_outage,
            expected(there),
            outage=True,
        ),
        Case(
            "An outage of its events resolves nothing: the verdict outlives the value",
            {
                **verdict(seen.changed(0, 1), "one"),
                **_numbers(judged, lambda value: seen.missing_after(value, value), "one"),
            },
            seen.over,
            expected(missing),
            outage=True,
        ),
    )


def _shown(judged: Judged, *, known: bool) -> Shown:
    if not known:
        return Shown(_VERSION, _VERSION, NOT_KNOWN, NOT_KNOWN, f"- {judged.events}")
    interval = f" (95 % interval {_LOWER} to {_UPPER})" if judged.bounded else ""
    value, events = f"{_VALUE}{judged.unit}{interval}", f"{_EVENTS} {judged.events}"
    return Shown(_VERSION, _VERSION, value, f"{value} on {events}", events)


def _numbers(judged: Judged, values: Callable[[float], str], *instances: str) -> dict[str, str]:
    """Return the series of value, bounds and events; requests stand by status and are added up."""
    metric = judged.metric
    families = {metric.family.name: _VALUE}
    if judged.bounded:
        families |= {metric.bound_family("lower").name: _LOWER, metric.bound_family("upper").name: _UPPER}
    numbers = [(family, dict(metric.fixed_labels), value) for family, value in families.items()]
    if metric.clock == "outcome":
        numbers.append(("ml_window_outcomes", {}, _EVENTS))
    else:
        statuses = {"error": _EVENTS // 4, "success": _EVENTS - _EVENTS // 4}
        numbers += [("ml_window_requests", {"status": status}, count) for status, count in statuses.items()]
    return {
        _series(judged, family, name, window=judged.window, **labels): values(value)
        for name in instances
        for family, labels, value in numbers
    }


def _series(judged: Judged, family: str, instance: str, **labels: str) -> str:
    return selector(family, model_name=judged.model.name, model_version=_VERSION, **labels, instance=f"{instance}:9877")
