"""A machine or a server as alerts look at it: each instance is told for itself."""

from collections.abc import Mapping

from ml_exporter.bundle.alerts.choice import threshold
from ml_exporter.bundle.alerts.condition import AlertKind
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.links import MONITORING_ITSELF, SERVING, dashboard_of_all, runbook
from ml_exporter.bundle.alerts.told import Told, label, told
from ml_exporter.bundle.promql import JOB, number, selector
from ml_exporter.config import Monitoring

INSTANCE = label("instance", "one:9877")
"""Tells the instance that an alert is about."""

BROUGHT = {"job": JOB, "instance": "one:9877"}
"""The labels that the series of an exporter bring in the tests."""


def collects(monitoring: Monitoring, collector: str) -> bool:
    """Tell whether something of the machine is read at all."""
    settings = monitoring.collectors.get(collector)
    return settings is not None and settings.enabled


def limit(monitoring: Monitoring, kind: AlertKind) -> float:
    """Return what the value of an alert is compared with."""
    return threshold(monitoring, kind.name, kind.threshold)


def each(family: str, **labels: str) -> str:
    """Return a family of every machine; a pod that is replaced is the same one."""
    return f"max without (pod) ({selector(family, **labels)})"


KNOWN = 3600.0
"""Seconds that a forecast from six hours has to know: a line through a few minutes leads anywhere."""


def forecast(selected: str, hours: float) -> str:
    """Return what a series comes to in so many hours, if it goes on as in the last six: where that is known.

    Args:
        selected: the series.
        hours: how far ahead.
    """
    known = f"last_over_time({selected}[5h] offset 1h)"
    return f"max without (pod) (predict_linear({selected}[6h], {number(3600 * hours)}) and {known})"


def steadily(monitoring: Monitoring, begin: float, an_hour: float) -> str:
    """Return a value that rises or falls all the time, in promtool's notation, for the tests of a forecast.

    Args:
        monitoring: the configuration.
        begin: what it begins with.
        an_hour: how much it rises in an hour.
    """
    return f"{begin:.0f}{an_hour / 3600 * course(monitoring).step:+.0f}"


def _dashboard(monitoring: Monitoring, kind: AlertKind) -> Told:
    """Return the address of the dashboard that shows the cause: of the instance, or of what watches."""
    if not kind.by_instance:
        return told(dashboard_of_all(monitoring, MONITORING_ITSELF))
    which = f"{dashboard_of_all(monitoring, SERVING)}?var-instance="
    return Told(f"{which}{{{{ $labels.instance | urlquery }}}}", f"{which}one%3A9877")


def annotations(
    monitoring: Monitoring,
    kind: AlertKind,
    summary: Told,
    description: Told,
    *,
    value: Told,
    limit: str,
    further: Mapping[str, Told] | None = None,
) -> dict[str, Told]:
    """Return the annotations of an alert about a machine; see those of a model."""
    return {
        "summary": summary,
        "description": description,
        "value": value,
        "threshold": Told(limit, limit),
        **(further or {}),
        "dashboard_url": _dashboard(monitoring, kind),
        "runbook_url": told(runbook(monitoring, kind.name)),
    }
