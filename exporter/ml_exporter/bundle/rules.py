"""Prometheus' rule files, and their unit tests for promtool."""

from collections.abc import Iterable
from typing import Any

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, alert_groups
from ml_exporter.bundle.alerts.choice import chosen
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.recordings import recording_groups
from ml_exporter.config import Monitoring


def rule_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make a rule file and a test file of every group that has alerts."""
    step = f"{course(monitoring).step}s"
    for group in alert_groups():
        alerts, cases = chosen(group, monitoring)
        if alerts:
            yield _rules(group, alerts, source)
            yield _tests(group, cases, step, source)


def _rules(group: AlertGroup, alerts: Iterable[Alert], source: str) -> GeneratedFile:
    content = {"groups": [{"name": _group_name(group), "rules": [_rule(alert) for alert in alerts]}]}
    return yaml_file(f"prometheus/rules/{group.topic}.yml", "rules", content, source=source, about=group.about)


def _group_name(group: AlertGroup) -> str:
    return f"ml-exporter-{group.topic}"


def _rule(alert: Alert) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expression}
    if alert.for_ is not None:
        rule["for"] = alert.for_
    if alert.keep_firing_for is not None:
        rule["keep_firing_for"] = alert.keep_firing_for
    return {**rule, "labels": alert.labels, "annotations": alert.annotations}


def _tests(group: AlertGroup, cases: Iterable[Case], step: str, source: str) -> GeneratedFile:
    recorded = [recordings for recordings in recording_groups() if recordings.topic in group.recordings]
    order = [*(recordings.group for recordings in recorded), _group_name(group)]
    content = {
        "rule_files": [*(f"../rules/{recordings.file}" for recordings in recorded), f"../rules/{group.topic}.yml"],
        "evaluation_interval": step,
        **({"group_eval_order": order} if recorded else {}),
        "tests": [_test(case, step) for case in cases],
    }
    about = f"{group.about}\nTests: promtool test rules {group.topic}.yml"
    return yaml_file(f"prometheus/tests/{group.topic}.yml", "rules", content, source=source, about=about)


def _test(case: Case, step: str) -> dict[str, Any]:
    expected = [{"exp_labels": alert.labels, "exp_annotations": alert.annotations} for alert in case.expected]
    return {
        "name": f"{case.alert}: {case.name}",
        "interval": step,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "alert_rule_test": [{"eval_time": f"{case.at}s", "alertname": case.alert, "exp_alerts": expected}],
    }
