"""Rules that cannot be evaluated, and alerts that reach nobody."""

from collections.abc import Mapping, Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, Sample, alert_group
from ml_exporter.bundle.alerts.machine import annotations
from ml_exporter.bundle.alerts.told import Told, label, told
from ml_exporter.bundle.budgets import seconds_text
from ml_exporter.config import Monitoring

_SHORTEST_SPAN = 900.0

_OWN_RULES = 'rule_group=~".*;ml-exporter-.*"'

RULES = AlertKind(
    "MLRulesFailing",
    "Prometheus cannot evaluate some of the rules of this bundle: alerts that rest on them cannot fire.",
    remembers=True,
)
NOT_SENT = AlertKind(
    "MLAlertsNotSent",
    "Prometheus cannot hand alerts to Alertmanager, or drops them.",
    remembers=True,
)
NOT_TOLD = AlertKind(
    "MLNotificationsFailing",
    "Alertmanager cannot reach a receiver: whoever stands behind it is told nothing.",
    remembers=True,
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [_rules(monitoring), _not_sent(monitoring), _not_told(monitoring)]


def _span(monitoring: Monitoring) -> str:
    """Return the time that is looked back on: longer than an alert has to wait."""
    return seconds_text(max(_SHORTEST_SPAN, 4 * monitoring.alerting.timing.for_.seconds))


def _growing(monitoring: Monitoring, selector: str, dropped: str) -> str:
    """Return the condition that a counter of failures grows."""
    return f"sum without (instance, pod, {dropped}) (increase({selector}[{_span(monitoring)}])) > 0"


def _failures(monitoring: Monitoring) -> Told:
    return Told(*2 * (f"failures in the last {_span(monitoring)}",))


def _rules(monitoring: Monitoring) -> Condition:
    counter = f"prometheus_rule_evaluation_failures_total{{{_OWN_RULES}}}"
    failures = _failures(monitoring)
    return Condition(
        RULES,
        _growing(monitoring, counter, "rule_group"),
        {},
        {"job": "prometheus"},
        annotations(
            monitoring,
            RULES,
            told("Rules of this bundle fail: some alerts cannot fire"),
            told(
                "Prometheus cannot evaluate some rules of this bundle: {}. Its page /rules says which, and why.",
                failures,
            ),
            value=failures,
            limit="no evaluation fails",
        ),
        [_counter("prometheus_rule_evaluation_failures_total", job="prometheus", rule_group="f;ml-exporter-feeds")],
    )


def _not_sent(monitoring: Monitoring) -> Condition:
    counter = "prometheus_notifications_errors_total"
    failures = _failures(monitoring)
    return Condition(
        NOT_SENT,
        f"{_growing(monitoring, counter, 'alertmanager')}"
        f" or {_growing(monitoring, 'prometheus_notifications_dropped_total', 'alertmanager')}",
        {},
        {"job": "prometheus"},
        annotations(
            monitoring,
            NOT_SENT,
            told("Alerts do not reach Alertmanager"),
            told("Prometheus cannot hand alerts to an Alertmanager: {}. Nobody is told of what fires.", failures),
            value=failures,
            limit="no failure",
        ),
        [_counter(counter, job="prometheus", alertmanager="http://localhost:9093/api/v2/alerts")],
    )


def _not_told(monitoring: Monitoring) -> Condition:
    counter = "alertmanager_notifications_failed_total"
    failures = _failures(monitoring)
    integration = label("integration", "slack")
    return Condition(
        NOT_TOLD,
        _growing(monitoring, counter, "reason, receiver_name"),
        {},
        {"job": "alertmanager", "integration": "slack"},
        annotations(
            monitoring,
            NOT_TOLD,
            told("Notifications by {} fail", integration),
            told(
                "Alertmanager cannot notify by {}: {}. Whoever waits for its messages knows nothing; its log says why.",
                integration,
                failures,
            ),
            value=failures,
            limit="no failure",
        ),
        [_counter(counter, job="alertmanager", integration="slack", reason="other")],
    )


def _counter(family: str, **labels: str) -> Sample:
    own: Mapping[str, str] = labels
    return Sample(family, own, 0, "0+1")


GROUP = alert_group(
    "alerting",
    "Alerting itself: rules that cannot be evaluated, alerts that reach nobody.",
    (RULES, NOT_SENT, NOT_TOLD),
    _conditions,
    about_models=False,
)
