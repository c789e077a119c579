"""The PromQL of dashboards. Every selector follows the variables; ratios are never averaged over exporters."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ml_exporter.catalogue import Metric, segment_family

Side = Literal["lower", "upper"]

FEEDS = 'job=~"$job",instance=~"$instance"'
"""The variables as matchers, for series of the exporter's own."""

MODELS = f'{FEEDS},model_name=~"$model_name"'
"""The same for series of models, in all their versions."""

MODELS_WINDOWED = f'{MODELS},window=~"$window"'
"""The same for gauges of a window."""

OVERALL = 'job=~"$job",instance=~"$instance",model_name=~"$model_name",model_version=~"$model_version"'
"""The same for series of a model's version."""

WINDOWED = f'{OVERALL},window=~"$window"'
"""The same for gauges of a window."""

EACH = "model_name, model_version"
"""What tells the versions of models apart."""

ALERTS = 'ALERTS{job=~"$job|",model_name=~"$model_name",alertstate=~"firing|pending"}'
"""The alerts about the model, those without a job too: that of an exporter which is gone has none."""


def gauge(family: str, by: str = "model_version", **labels: str) -> str:
    """Return a gauge of the chosen window: one exporter owns a model, so the largest over instances is its value."""
    return f"max by ({by}) ({family}{{{WINDOWED}{_further(labels)}}})"


def state(family: str, by: str = "model_version", matchers: str = OVERALL, ago: str = "", **labels: str) -> str:
    """Return a gauge by whatever matchers choose it, now or some time ago."""
    then = f" offset {ago}" if ago else ""
    return f"max by ({by}) ({family}{{{matchers}{_further(labels)}}}{then})"


def sliced(metric: Metric, by: str, side: Side | None = None, matchers: str = WINDOWED, ago: str = "") -> str:
    """Return a metric of the slices in the chosen window, or one bound of its interval; now or some time ago."""
    family = segment_family(metric.family if side is None else metric.bound_family(side))
    return state(family.name, by, matchers, ago, **metric.fixed_labels)


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


def chosen(expressions: Mapping[str, str], variable: str) -> str:
    """Return the expression of the metric that a variable names."""
    name = f'label_replace(vector(1), "metric", "${variable}", "", "")'
    return f"({by_metric(expressions)}) and on (metric) {name}"


def _further(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{value}"' for name, value in labels.items())
