"""The PromQL of dashboards. Every selector follows the variables; ratios are never averaged over exporters."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ml_exporter.catalogue import Metric

Side = Literal["lower", "upper"]

OVERALL = 'job=~"$job",instance=~"$instance",model_name=~"$model_name",model_version=~"$model_version"'
"""The variables as matchers, for series of a model's version."""

WINDOWED = f'{OVERALL},window=~"$window"'
"""The same for gauges of a window."""

FEEDS = 'job=~"$job",instance=~"$instance"'
"""The same for series of the exporter's own."""

ALERTS = 'ALERTS{job=~"$job|",model_name=~"$model_name",alertstate=~"firing|pending"}'
"""The alerts about the model, those without a job too: that of an exporter which is gone has none."""


def gauge(family: str, by: str = "model_version", **labels: str) -> str:
    """Return a gauge of the chosen window: one exporter owns a model, so the largest over instances is its value."""
    return f"max by ({by}) ({family}{{{WINDOWED}{_further(labels)}}})"


def state(family: str, by: str = "model_version", matchers: str = OVERALL, **labels: str) -> str:
    """Return a gauge that has no window."""
    return f"max by ({by}) ({family}{{{matchers}{_further(labels)}}})"


def metric_value(metric: Metric) -> str:
    """Return a metric in the chosen window."""
    return gauge(metric.family.name, **metric.fixed_labels)


def metric_bound(metric: Metric, side: Side) -> str:
    """Return one bound of its interval."""
    return gauge(metric.bound_family(side).name, **metric.fixed_labels)


def objective(metric: Metric) -> str:
    """Return the objective of a metric, while the metric has a value."""
    return f"{state('ml_objective', metric=metric.id)} and {metric_value(metric)}"


def rate(family: str, by: str, matchers: str, over: str = "$__rate_interval") -> str:
    """Return how much a counter grew per second, for the eye: what pages is computed from gauges."""
    return f"sum by ({by}) (rate({family}{{{matchers}}}[{over}]))"


def share(parts: str, by: str, whole: str) -> str:
    """Return what share of a whole each part is, in the chosen window."""
    return f"sum by ({by}) ({parts}) / on () group_left () sum({whole})"


def verdicts(metrics: Sequence[Metric]) -> str:
    """Return what is said of each objective: 0 it is met, 1 it is missed, 2 nothing in the window could tell.

    Args:
        metrics: those that may have an objective.
    """
    said = state("ml_objective_breached", "metric")
    known = by_metric({metric.id: metric_value(metric) for metric in metrics})
    return f"({said} == 1) or ({said} and on (metric) ({known})) or {said} + 2"


def by_metric(expressions: Mapping[str, str]) -> str:
    """Return one expression a metric as one, told apart by the label ``metric``."""
    return " or ".join(
        f'label_replace({expression}, "metric", "{name}", "", "")' for name, expression in expressions.items()
    )


def _further(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{value}"' for name, value in labels.items())
