"""The section ``alerting.rules``: alerts of the user's own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from ml_exporter import catalogue
from ml_exporter.catalogue import Family, Metric
from ml_exporter.config.base import Section, Wrong
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.names import Name, PageAddress
from ml_exporter.config.severity import Severity

Operator = Literal["gt", "lt", "gte", "lte", "eq"]

_LABELS = frozenset({"model_name", "model_version", "window"})


def own_families() -> dict[str, Family]:
    """Return the gauges, beside metrics, that a rule may look at: one number a version, or a version and window."""
    of_metrics = {family.name for metric in catalogue.metrics() for family in metric.families()}
    return {
        family.name: family
        for family in catalogue.families()
        if family.type == "gauge"
        and {"model_name", "model_version"} <= set(family.labels) <= _LABELS
        and family.name not in of_metrics
    }


def _metric_or_family(name: str) -> str:
    metrics = {metric.id for metric in catalogue.metrics()}
    if name not in metrics and name not in own_families():
        raise ValueError(f"is no metric; {closest(name, sorted(metrics))}")
    return name


class AlertRule(Section):
    """An alert on a metric, for every model that has it."""

    name: Name
    """The name of the alert."""

    metric: Annotated[str, AfterValidator(_metric_or_family)]
    """What it looks at: a metric id, or the name of another gauge of versions (`ml_label_coverage_ratio`)."""

    operator: Operator
    """How the value is compared with the threshold: `gt` above, `lt` below, `gte` and `lte` the same or at it, `eq`
    at it (to 0.001). Where the metric has an interval, all of it must lie there, so that chance raises nothing."""

    threshold: float
    """What the value is compared with."""

    severity: Severity = "warning"
    """The severity of the alert."""

    window: Duration | None = None
    """The window of the value, one of `windows`. Default: the shortest."""

    min_data_points: int = Field(default=5, ge=1)
    """How many outcomes (requests, for metrics that wait for no label) the window must hold."""

    description: str = ""
    """What it means, for whoever is told."""

    models: list[str] = []
    """The models that it is about. Default: all that have the metric."""

    runbook: PageAddress | None = None
    """What to do. Default: the page for alerts of one's own under `alerting.links.runbooks`."""


def _other_names(rules: list[AlertRule], info: ValidationInfo) -> list[AlertRule]:
    generated = (info.context or {}).get("alerts", {})
    taken = next((rule.name for rule in rules if rule.name in generated), None)
    if taken is not None:
        raise ValueError(f"{taken!r} is an alert of the bundle already; give the rule another name")
    return rules


AlertRules = Annotated[list[AlertRule], AfterValidator(_other_names)]
"""Rules whose names are not those of generated alerts."""


def metric_of(rule: AlertRule, task: str, offers: frozenset[str]) -> Metric | None:
    """Return the metric of a model that a rule looks at, None where the model has none of that id."""
    found = (metric for metric in catalogue.metrics() if metric.id == rule.metric)
    return next((metric for metric in found if metric.applies(task, offers)), None)


def misfits(
    rules: Sequence[tuple[tuple[str | int, ...], Mapping[str, Any]]],
    models: Sequence[str],
    windows: Sequence[Duration | None],
) -> Iterator[Wrong]:
    """Find rules that name models or windows which there are not.

    Args:
        rules: where each stands, and what it says.
        models: the names of those that are configured.
        windows: None for one that is no duration.
    """
    known = {window.seconds for window in windows if window is not None}
    for location, rule in rules:
        named = rule.get("models")
        for index, name in enumerate(named if isinstance(named, list) else []):
            if isinstance(name, str) and name not in models:
                yield (*location, "models", index), f"{name!r} is not configured under models; {closest(name, models)}"
        try:
            window = Duration.parse(rule.get("window"))
        except ValueError:
            continue
        if None not in windows and window.seconds not in known:
            listed = ", ".join(map(str, windows))
            yield (*location, "window"), f"'{window}' is none of `windows` ({listed}); add it there, or choose one"
