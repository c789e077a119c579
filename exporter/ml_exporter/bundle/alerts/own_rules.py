"""The alerts of the user's own rules: a metric against a threshold, on enough data points."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts import AlertGroup, Case
from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.links import own_rules_page
from ml_exporter.bundle.alerts.told import Told, queried, told, value
from ml_exporter.bundle.alerts.watched_model import EVENTS_IN_TESTS, WatchedModel, watched_models
from ml_exporter.bundle.promql import number, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.catalogue import Metric, family
from ml_exporter.config import AlertRule, Monitoring, metric_of

_SAME = 0.001
"""Values that differ by less are the same."""

_WORDS = {"gt": "above", "lt": "below", "gte": "at or above", "lte": "at or below", "eq": "equal to"}
_SIGNS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<="}


def _conditions(monitoring: Monitoring) -> list[Condition]:
    return [
        _condition(watched, rule, metric)
        for rule in monitoring.alerting.rules
        for watched in watched_models(monitoring)
        if not rule.models or watched.model.name in rule.models
        for metric in [metric_of(rule, watched.model.task, watched.model.offers)]
        if metric is not None or rule.metric.startswith("ml_")
    ]


def _kind(rule: AlertRule) -> AlertKind:
    return AlertKind(rule.name, rule.description, rule.severity)


def _condition(watched: WatchedModel, rule: AlertRule, metric: Metric | None) -> Condition:
    """Return the condition of a rule on a model: on one of its metrics, or on the gauge that the rule names."""
    window = str(watched.monitoring.objective_window(rule.window))
    name = metric.family.name if metric else rule.metric
    labels = dict(metric.fixed_labels) if metric else {}
    if "window" in family(name).labels:
        labels["window"] = window
    counted = "ml_window_outcomes" if metric and metric.clock == "outcome" else "ml_window_requests"
    status = {} if counted == "ml_window_outcomes" else {"status": "success"}
    dropped = ", ".join((*status, "window"))
    bounds = {side: metric.bound_family(side).name for side in ("lower", "upper")} if metric and metric.interval else {}
    looked_up = selector(counted, model_name=watched.model.name, model_version=VERSION, window=window)
    what = counted.removeprefix("ml_window_")
    points = max(EVENTS_IN_TESTS, rule.min_data_points)
    events = told(f"{{}} {what}", queried(f"sum({over_instances('max', looked_up)})", "%.0f", str(points)))
    calm, troubled = _values(rule)
    beyond = f"{_WORDS[rule.operator]} {number(rule.threshold)}"
    title = metric.title if metric else rule.metric
    meaning = told(" {}.", rule.description.rstrip(". ")) if rule.description else told("")
    annotations = watched.annotations(
        _kind(rule),
        told(f"{title} is {beyond}"),
        told(
            f"{{}}: {title} of the last {window} is {{}} on {{}}; it should not be {beyond}.{{}}",
            watched.subject,
            value(troubled),
            events,
            meaning,
        ),
        value=told("{}{}", value(troubled), _interval(watched, bounds, labels, troubled)),
        limit=f"not {beyond}",
        window=window,
        further={"events": events},
    )
    return Condition(
        _kind(rule),
        _expression(watched, rule, name, bounds, labels)
        + f" and on (model_name, model_version) sum without ({dropped})"
        f" ({watched.counted(counted, window=window)}) >= {rule.min_data_points}",
        {**watched.labels, "metric": rule.metric},
        {**watched.brought, **labels},
        {**annotations, "runbook_url": told("{}", rule.runbook or own_rules_page(watched.monitoring))},
        [
            watched.sample(name, calm, troubled, **labels),
            *(watched.sample(bound, calm, troubled, **labels) for bound in bounds.values()),
            watched.steady(counted, points, window=window, **status),
        ],
    )


def _expression(
    watched: WatchedModel, rule: AlertRule, name: str, bounds: dict[str, str], labels: dict[str, str]
) -> str:
    """Compare the value, and the bound of its interval that is nearest to what is well."""
    shown, limit = watched.largest(name, **labels), number(rule.threshold)
    if rule.operator == "eq":
        return f"({shown} unless abs({shown} - {limit}) >= {_SAME})"
    sign = _SIGNS[rule.operator]
    near = bounds.get("lower" if rule.operator.startswith("g") else "upper")
    bound = f" and {watched.largest(near, **labels)} {sign} {limit}" if near else ""
    return f"({shown} {sign} {limit}{bound})"


def _interval(watched: WatchedModel, bounds: dict[str, str], labels: dict[str, str], troubled: float) -> Told:
    """Tell the interval, where there is one."""
    own = {"model_name": watched.model.name, "model_version": VERSION, **labels}
    told_bounds = [queried(f"max({selector(name, **own)})", "%.4g", f"{troubled:.4g}") for name in bounds.values()]
    return told(" (95 % interval {} to {})", *told_bounds) if told_bounds else told("")


def _values(rule: AlertRule) -> tuple[float, float]:
    """Return a value of the tests that is well, and one that is not."""
    beyond = {"gt": 1.0, "gte": 1.0, "lt": -1.0, "lte": -1.0, "eq": 0.0}[rule.operator]
    return (rule.threshold - beyond if beyond else rule.threshold + 1), rule.threshold + beyond


def _group(monitoring_rules: Sequence[AlertRule]) -> AlertGroup:
    return alert_group("own-rules", _ABOUT, [_kind(rule) for rule in monitoring_rules], _conditions)


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    return _group(monitoring.alerting.rules).cases(monitoring)


_ABOUT = "The rules under alerting.rules: a metric against a threshold."

GROUP = AlertGroup("own-rules", _ABOUT, {}, lambda monitoring: _group(()).alerts(monitoring), _cases)
