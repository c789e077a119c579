"""Who is told of what: checked by Alertmanager's own tool."""

import subprocess
from pathlib import Path

import pytest
import yaml

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.bundle.alerts.escalation import NAME as ESCALATED
from ml_exporter.bundle.alerts.exporter import WATCHDOG
from ml_exporter.config import NOBODY
from tests.bundle.conftest import Bundle, made
from tests.stack.servers import amtool

_SEVERITIES = ("critical", "warning", "info")


def _routed(bundle: Bundle, **labels: str) -> list[str]:
    """Return the receivers that Alertmanager's own tool finds for an alert."""
    told = subprocess.run(
        [
            amtool(),
            "config",
            "routes",
            "test",
            f"--config.file={bundle.alertmanager_file}",
            *(f"{name}={value}" for name, value in labels.items()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip().split(",")


def test_amtool_accepts_alertmanager_yml_and_finds_its_templates(bundle: Bundle) -> None:
    done = subprocess.run(
        [amtool(), "check-config", str(bundle.alertmanager_file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    receivers = len(bundle.monitoring.alerting.receivers) + 1
    inhibitions = 8 if bundle.monitoring.alerting.escalation else 6
    for found in (f"{receivers} receivers", "1 templates", f"{inhibitions} inhibit rules"):
        assert found in done.stdout


def test_every_route_that_the_configuration_names_leads_there_says_the_generated_test(bundle: Bundle) -> None:
    script = bundle.folder / "alertmanager" / "tests" / "routes.sh"
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False, env=_with(amtool()))
    assert done.returncode == 0, done.stdout + done.stderr
    routes = bundle.monitoring.alerting.routes
    tiers = sum(len(tier.severities) for tier in bundle.monitoring.alerting.escalation)
    count = 1 + tiers + len(_SEVERITIES) * (1 + len(routes.teams)) * (1 + len(routes.owners))
    assert done.stdout == f"{count} routes are as expected\n"


def test_the_generated_test_fails_where_a_route_leads_elsewhere(tmp_path: Path) -> None:
    bundle = made(tmp_path, "monitoring")
    text = bundle.alertmanager_file.read_text(encoding="utf-8")
    bundle.alertmanager_file.write_text(text.replace('severity="warning"', 'severity="wrong"'), encoding="utf-8")
    script = bundle.folder / "alertmanager" / "tests" / "routes.sh"
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False, env=_with(amtool()))
    assert done.returncode == 1
    assert "severity=warning should be told to ml-team" in done.stderr


def _with(program: str) -> dict[str, str]:
    return {"PATH": f"{Path(program).parent}:/usr/bin:/bin"}


@pytest.mark.parametrize("severity", _SEVERITIES)
def test_every_alert_of_a_severity_reaches_the_receivers_of_that_severity(bundle: Bundle, severity: str) -> None:
    expected = getattr(bundle.monitoring.alerting.routes, severity) or [NOBODY]
    elsewhere = {WATCHDOG, ESCALATED}
    for alert in sorted(name for group in alert_groups() for name in group.meaning if name not in elsewhere):
        assert _routed(bundle, severity=severity, alertname=alert) == expected


def test_the_watchdog_disturbs_nobody_but_a_dead_mans_switch(bundle: Bundle) -> None:
    switch = bundle.monitoring.alerting.routes.watchdog or [NOBODY]
    assert _routed(bundle, severity="none", alertname=WATCHDOG) == switch


def test_an_alert_of_another_severity_is_shown_but_told_to_nobody(bundle: Bundle) -> None:
    assert _routed(bundle, severity="page", alertname="Other") == [NOBODY]


def test_one_cause_is_one_message_however_many_models_stand_behind_it(bundle: Bundle) -> None:
    route = yaml.safe_load(bundle.alertmanager_file.read_text(encoding="utf-8"))["route"]
    assert route["group_by"] == ["alertname", "model_name"]
    told = [inner for inner in route["routes"] if inner["matchers"][0].startswith("severity") and "continue" in inner]
    assert told
    for severity in told:
        assert [(inner["matchers"], inner["group_by"]) for inner in severity["routes"]] == [
            (['alertname=~"MLExporterDown|MLExporterStalled"'], ["alertname"]),
            (['alertname=~"MLFeedStalled"'], ["alertname", "feed"]),
        ]


def test_patience_is_what_the_configuration_says(bundle: Bundle) -> None:
    route = yaml.safe_load(bundle.alertmanager_file.read_text(encoding="utf-8"))["route"]
    timing = bundle.monitoring.alerting.timing
    for key in ("group_wait", "group_interval", "repeat_interval"):
        assert route[key] == str(getattr(timing, key))


def test_both_sides_of_an_inhibition_are_sure_to_have_the_labels_that_must_be_equal(bundle: Bundle) -> None:
    """Alertmanager takes a label that both sides lack for equal, and would keep quiet what it must not."""
    certain = {'metric!=""': {"metric", "model_name", "model_version"}, 'model_name!=""': {"model_name"}}
    for rule in yaml.safe_load(bundle.alertmanager_file.read_text(encoding="utf-8"))["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            there = set().union(*(certain.get(matcher, set()) for matcher in rule[side]))
            assert set(rule["equal"]) <= there


def test_the_secret_is_named_by_its_file_and_not_written_down(bundle: Bundle) -> None:
    text = bundle.alertmanager_file.read_text(encoding="utf-8")
    assert "api_url_file: ../secrets/slack-url" in text
    assert "http://127.0.0.1:9/not-used" not in text
