"""What is said of a missed objective: with value, interval, threshold and sample size, looked up as it is told."""

from collections.abc import Callable
from dataclasses import dataclass

from ml_exporter import catalogue
from ml_exporter.bundle.alerts.judged_metric import JudgedMetric
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import number, over_instances, selector
from ml_exporter.bundle.templating import VERSION, VERSION_IN_URL, looked_up
from ml_exporter.config import ModelSettings, Monitoring, Objective

NOT_KNOWN = "not known at present"
"""What stands where a value is missing: the verdict outlives it."""


@dataclass(frozen=True)
class Judged(JudgedMetric):
    """A metric of a model, and what is expected of it."""

    objective: Objective

    @classmethod
    def of(cls, monitoring: Monitoring, model: ModelSettings, metric_id: str) -> "Judged":
        """Return what is judged by the objective that a model has for a metric."""
        objective = model.objectives[metric_id]
        window = str(monitoring.objective_window(objective.window))
        return cls(model, catalogue.metric(metric_id, model.task), window, objective)

    @property
    def bounded(self) -> bool:
        """Whether an interval is exported."""
        return self.metric.interval is not None

    @property
    def unit(self) -> str:
        """The unit, with a space in front; nothing where the number has none."""
        return " s" if self.metric.family.name.endswith("_seconds") else ""

    @property
    def threshold(self) -> str:
        """What the value should be."""
        limit = "at least" if self.metric.direction == "higher" else "at most"
        return f"{limit} {number(self.objective.threshold)}{self.unit}"


def all_judged(monitoring: Monitoring) -> list[Judged]:
    """Return every metric that a model has an objective for."""
    return [Judged.of(monitoring, model, metric_id) for model in monitoring.models for metric_id in model.objectives]


@dataclass(frozen=True)
class Shown:
    """What differs between a rule and its tests: templates in the one, what they print in the other."""

    version: str
    version_in_url: str
    value: str
    """The value with its interval."""

    value_on_events: str
    """The same, and how many events it rests on."""

    events: str


def templates(judged: Judged) -> Shown:
    """Return the templates of a rule."""
    metric = judged.metric

    def selected(family: str, **labels: str) -> str:
        return selector(family, model_name=judged.model.name, model_version=VERSION, window=judged.window, **labels)

    def number_of(family: str, then: str = "", otherwise: str = "-") -> str:
        largest = f"max({selected(family, **metric.fixed_labels)})"
        return looked_up(largest, "%.4g", then=then, otherwise=otherwise)

    interval = ""
    if judged.bounded:
        lower, upper = number_of(metric.bound_family("lower").name), number_of(metric.bound_family("upper").name)
        interval = f" (95 % interval {lower} to {upper})"
    counted = selected(judged.counted)
    all_statuses = f"sum({over_instances('max', counted)})"
    events = f"{looked_up(all_statuses, '%.0f')} {judged.events}"

    def value(then: str = "") -> str:
        return number_of(metric.family.name, then=f"{judged.unit}{interval}{then}", otherwise=NOT_KNOWN)

    return Shown(VERSION, VERSION_IN_URL, value(), value(f" on {events}"), events)


def annotations(
    monitoring: Monitoring, alert: str, judged: Judged, shown: Shown, escape: Callable[[str], str]
) -> dict[str, str]:
    """Return the annotations of an alert.

    Args:
        monitoring: the configuration.
        alert: its name.
        judged: what it is about.
        shown: what differs between a rule and its tests.
        escape: makes a text from outside safe where it is to stand.
    """
    subject = f"{escape(judged.model.name)} {shown.version}"
    return {
        "summary": f"{subject}: {judged.metric.title} misses its objective",
        "description": (
            f"{subject}: {judged.metric.title} of the last {judged.window} is {shown.value_on_events};"
            f" it should be {judged.threshold}."
        ),
        "value": shown.value,
        "threshold": judged.threshold,
        "window": judged.window,
        "events": shown.events,
        "dashboard_url": dashboard(
            monitoring, judged.model.name, model_version=shown.version_in_url, window=judged.window
        ),
        "runbook_url": runbook(monitoring, alert),
    }
