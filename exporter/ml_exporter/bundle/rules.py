"""Prometheus' rule files, and their unit tests for promtool."""

from collections.abc import Iterable
from typing import Any

from ml_exporter.bundle.alerts import Alert, AlertGroup, alert_groups
from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.config import Monitoring

_TEST_INTERVAL = {"objectives": "15s", "feeds": "1m", "exporter": "15s"}


def rule_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make a rule file and a test file of every group that has alerts."""
    for group in alert_groups():
        alerts = group.alerts(monitoring)
        if alerts:
            yield _rules(group, alerts, source)
            yield _tests(group, alerts, source)


def _rules(group: AlertGroup, alerts: Iterable[Alert], source: str) -> GeneratedFile:
    content = {"groups": [{"name": f"ml-exporter-{group.topic}", "rules": [_rule(alert) for alert in alerts]}]}
    return yaml_file(f"prometheus/rules/{group.topic}.yml", "rules", content, source=source, about=group.about)


def _rule(alert: Alert) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expression}
    if alert.for_ is not None:
        rule["for"] = alert.for_
    if alert.keep_firing_for is not None:
        rule["keep_firing_for"] = alert.keep_firing_for
    return {**rule, "labels": alert.labels, "annotations": alert.annotations}


def _tests(group: AlertGroup, alerts: Iterable[Alert], source: str) -> GeneratedFile:
    interval = _TEST_INTERVAL.get(group.topic, "1m")
    content = {
        "rule_files": [f"../rules/{group.topic}.yml"],
        "evaluation_interval": "15s",
        "tests": [test for alert in alerts for test in _cases(alert, interval)],
    }
    about = f"{group.about}\nTests: promtool test rules {group.topic}.yml"
    return yaml_file(f"prometheus/tests/{group.topic}.yml", "rules", content, source=source, about=about)


def _cases(alert: Alert, interval: str) -> Iterable[dict[str, Any]]:
    for case in alert.cases:
        subject = ", ".join(label for name, label in sorted(alert.labels.items()) if name != "severity")
        yield {
            "name": f"{alert.name}{f' of {subject}' if subject else ''}: {case.name}",
            "interval": interval,
            "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
            "alert_rule_test": [
                {
                    "eval_time": case.at,
                    "alertname": alert.name,
                    "exp_alerts": [
                        {"exp_labels": expected.labels, "exp_annotations": expected.annotations}
                        for expected in case.expected
                    ],
                }
            ],
        }
