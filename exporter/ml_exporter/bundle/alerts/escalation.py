"""Escalation: what has been firing for long is told to somebody else as well.

Alertmanager knows no escalation in time, but Prometheus keeps since when an alert has been active: ALERTS_FOR_STATE.
"""

import re
from collections.abc import Iterator, Sequence
from math import ceil

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert, alert_groups
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import JOB, matchers, number, over_instances
from ml_exporter.bundle.templating import humanized
from ml_exporter.config import EscalationTier, Monitoring, Severity

NAME = "MLAlertEscalated"

ESCALATED_ALERT = "escalated"
"""The label with the name of the alert that has been firing for long."""

_USUAL = "MLModelDegraded"
"""What fires in the tests."""

_ABOUT = "{{ with $labels.model_name }}{{ . }}: {{ end }}"
"""Whose alert it is, where it is about a model."""


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [_alert(monitoring, *escalated) for escalated in _escalations(monitoring)]


def _escalations(monitoring: Monitoring) -> Iterator[tuple[int, EscalationTier, Severity]]:
    for number_of_tier, tier in enumerate(monitoring.alerting.escalation, start=1):
        for severity in tier.severities:
            yield number_of_tier, tier, severity


def _alert(monitoring: Monitoring, number_of_tier: int, tier: EscalationTier, severity: Severity) -> Alert:
    which = f'alertname=~"{"|".join(_names(monitoring))}",{matchers(severity=severity)}'
    age = over_instances("max", f"time() - ALERTS_FOR_STATE{{{which}}}")
    named = f'label_replace({age} > {number(tier.after.seconds)}, "{ESCALATED_ALERT}", "$1", "alertname", "(.+)")'
    firing = f'ALERTS{{alertstate="firing",{which}}}'
    return Alert(
        name=NAME,
        expression=f"{named} and ignoring (alertstate, {ESCALATED_ALERT}, instance, pod) {firing}",
        labels={"severity": severity, "tier": str(number_of_tier)},
        annotations=_annotations(
            monitoring,
            tier,
            about=_ABOUT,
            alert=f"{{{{ $labels.{ESCALATED_ALERT} }}}}",
            age="{{ $value | humanizeDuration }}",
            model_in_url="{{ $labels.model_name | urlquery }}",
        ),
        keep_firing_for=str(monitoring.alerting.timing.keep_firing_for),
    )


def _names(monitoring: Monitoring) -> list[str]:
    """Return the names of all alerts that can escalate, those of the user's own rules too, as regular expressions."""
    own = {re.escape(rule.name).replace("\\", "\\\\") for rule in monitoring.alerting.rules}
    return sorted({name for group in alert_groups() for name in group.meaning if name != NAME} | own)


def _annotations(
    monitoring: Monitoring, tier: EscalationTier, *, about: str, alert: str, age: str, model_in_url: str
) -> dict[str, str]:
    return {
        "summary": f"{about}{alert} has been firing for {age}",
        "description": f"{about}{alert} has been firing for {age}, and nobody has put it right or silenced it.",
        "value": age,
        "threshold": f"at most {tier.after}",
        "dashboard_url": f"{dashboard(monitoring, '')}{model_in_url}",
        "runbook_url": runbook(monitoring, NAME),
    }


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    """Cases in which alerts of every severity become active at the beginning."""
    escalations = list(_escalations(monitoring))
    if not escalations:
        return []
    step = course(monitoring).step
    longest = max(ceil(tier.after.seconds / step) for _, tier, _ in escalations)
    shortest = min(ceil(tier.after.seconds / step) for _, tier, _ in escalations)
    model = "a b"
    severities = dict.fromkeys(severity for _, _, severity in escalations)

    def series(firing: str, alert: str = _USUAL) -> dict[str, str]:
        named = {
            severity: matchers(alertname=alert, job=JOB, model_name=model, severity=severity) for severity in severities
        }
        active = {f"ALERTS_FOR_STATE{{{labels}}}": f"0x{longest + 10}" for labels in named.values()}
        return active | {f'ALERTS{{alertstate="firing",{labels}}}': firing for labels in named.values()}

    def expected(at: int, alert: str = _USUAL) -> list[ExpectedAlert]:
        return [
            ExpectedAlert(
                {
                    "severity": severity,
                    "tier": str(number_of_tier),
                    "job": JOB,
                    "model_name": model,
                    ESCALATED_ALERT: alert,
                },
                _annotations(
                    monitoring,
                    tier,
                    about=f"{model}: ",
                    alert=alert,
                    age=humanized(at),
                    model_in_url="a+b",
                ),
            )
            for number_of_tier, tier, severity in escalations
        ]

    late, kept = longest + 2, longest + 3
    own = [
        Case(
            NAME,
            "What a rule of the user's own says escalates as well",
            series(f"1x{late}", rule.name),
            late * step,
            expected(late * step, rule.name),
        )
        for rule in monitoring.alerting.rules[:1]
    ]
    return [
        *own,
        Case(NAME, "What has been firing for long escalates", series(f"1x{late}"), late * step, expected(late * step)),
        Case(NAME, "What fires for a shorter time does not", series(f"1x{late}"), (shortest - 1) * step),
        Case(NAME, "What is over does not", series("1x1 stale"), late * step),
        Case(
            NAME,
            "Rules that are not evaluated for a moment resolve nothing",
            series(f"1x{late} stale"),
            kept * step,
            expected(late * step),
            outage=True,
        ),
    ]


GROUP = AlertGroup(
    "escalation",
    "Escalation: what has been firing for long is told to somebody else as well.",
    {
        NAME: "An alert has been firing for longer than `alerting.escalation` allows. It carries the labels of that"
        " alert, its name as `escalated`, and the `tier` that is told."
    },
    _alerts,
    _cases,
)
