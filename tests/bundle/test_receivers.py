"""What each kind of receiver is sent by a real Alertmanager, word for word."""

import html as html_text
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.bundle.conftest import made
from tests.bundle.far_ends import Mailbox, Posted, Services, mail_server, services
from tests.stack.servers import alertmanager
from tests.stack.waiting import eventually

_NOW = datetime.now(UTC).replace(microsecond=0)
_STARTED = _NOW - timedelta(minutes=1)
_ODD = '1.0"\\'
"""A version that would not stay a text everywhere."""

_SHOWN = _STARTED.strftime("%Y-%m-%d %H:%M:%S UTC")


_HOURS = re.compile(r"weekdays:\n( +- \w+\n)+ +times:\n +- start_time: .*\n +end_time: .*\n")
"""When business hours are, in a generated alertmanager.yml."""


@dataclass(frozen=True)
class Stack:
    """An Alertmanager, and those whom it tells."""

    address: str
    far: Services
    box: Mailbox

    def raise_(self, *alerts: dict[str, Any]) -> None:
        """Send alerts, as Prometheus does."""
        data = json.dumps(alerts).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.address}/api/v2/alerts", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
            pass

    def posted(self, path: str, *parts: str) -> Posted:
        """Wait for what was posted to a path and holds all of some texts."""

        def look() -> Posted | None:
            found = (each for each in self.far.at(path) if all(part in json.dumps(each.payload) for part in parts))
            return next(found, None)

        return eventually(look, f"{path} is sent {parts}; it was sent {[each.path for each in self.far.posted]}")

    def mail(self, part: str) -> EmailMessage:
        """Wait for a mail whose subject holds a text."""
        return eventually(
            lambda: next((mail for mail in list(self.box.mails) if part in mail["Subject"]), None),
            f"a mail about {part}",
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    bundle = made(tmp_path_factory.mktemp("receivers"), "routed")
    secrets = bundle.folder / "secrets"
    with services() as far, mail_server(secrets / "ca.pem", "alerts", "the-key") as box:
        (secrets / "key").write_text("the-key", encoding="utf-8")
        for name in ("slack", "teams", "hook", "switch", "boss"):
            (secrets / f"{name}-url").write_text(f"{far.address}/{name}", encoding="utf-8")
        _lead_to(bundle.alertmanager_file, far, box)
        with alertmanager(bundle.alertmanager_file, bundle.folder / "state") as address:
            yield Stack(address, far, box)


def _lead_to(file: Path, far: Services, box: Mailbox) -> None:
    """Put the stand-ins' ports, and hours that never end, into a generated alertmanager.yml."""
    text = file.read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:9/", f"{far.address}/").replace("127.0.0.1:9\n", f"127.0.0.1:{box.port}\n")
    text = _HOURS.sub("years: ['2000:2999']\n", text)
    file.write_text(text, encoding="utf-8")


def _breach(model: str, severity: str, *, ended: bool = False, version: str = "v7", **labels: str) -> dict[str, Any]:
    return {
        "labels": {
            "alertname": "MLObjectiveBreached",
            "severity": severity,
            "model_name": model,
            "model_version": version,
            "metric": "accuracy",
            **labels,
        },
        "annotations": {
            "summary": f"{model} {version}: Accuracy misses its objective",
            "description": f"{model} {version}: Accuracy of the last 24h is 0.9; it should be at least 0.93.",
            "value": "0.9 (95 % interval 0.89 to 0.91)",
            "threshold": "at least 0.93",
            "dashboard_url": f"https://grafana.example/d/x?var-model_name={model}",
            "runbook_url": "https://runbooks.example/MLObjectiveBreached.md",
        },
        "startsAt": _STARTED.isoformat(),
        "generatorURL": "https://prometheus.example/graph?g0.expr=up",
        **({"endsAt": _NOW.isoformat()} if ended else {}),
    }


def _silence(stack: Stack, model: str, severity: str, **labels: str) -> str:
    named = {
        "alertname": "MLObjectiveBreached",
        "metric": "accuracy",
        "model_name": model,
        "model_version": "v7",
        "severity": severity,
        **labels,
    }
    filled = "%2C".join(f"{name}%3D%22{value}%22" for name, value in sorted(named.items()))
    return f"{stack.address}/#/silences/new?filter=%7B{filled}%7D"


def test_pagerduty_gets_an_incident_with_details_and_links(stack: Stack) -> None:
    stack.raise_(_breach("prices", "critical", version=_ODD))
    payload = stack.posted("/pd", "prices").payload
    assert payload["routing_key"] == "the-key"
    assert payload["event_action"] == "trigger"
    assert payload["client"] == "ml-exporter"
    assert payload["client_url"] == "https://grafana.example/d/x?var-model_name=prices"
    assert payload["links"] == [
        {"href": "https://grafana.example/d/x?var-model_name=prices", "text": "Dashboard"},
        {"href": "https://runbooks.example/MLObjectiveBreached.md", "text": "Runbook"},
        {"href": _silence(stack, "prices", "critical", model_version="1.0%5C%22%5C%5C"), "text": "Silence"},
    ]
    told = payload["payload"]
    assert told["summary"] == f"ML alert: prices {_ODD}: Accuracy misses its objective"
    assert told["severity"] == "critical"
    assert told["component"] == "prices"
    assert told["class"] == "accuracy"
    assert {name: told["custom_details"][name] for name in _DETAILS} == _DETAILS


_DETAILS = {
    "severity": "critical",
    "model and version": f"prices {_ODD}",
    "metric": "accuracy",
    "current value": "0.9 (95 % interval 0.89 to 0.91)",
    "threshold": "at least 0.93",
    "description": f"prices {_ODD}:\u00a0Accuracy of the last 24h is 0.9; it should be at least 0.93.",
    "time": f"since {_SHOWN}",
}


def test_an_incident_that_is_over_is_resolved_at_pagerduty(stack: Stack) -> None:
    stack.raise_(_breach("comes_and_goes", "critical"))
    opened = stack.posted("/pd", "comes_and_goes").payload
    stack.raise_(_breach("comes_and_goes", "critical", ended=True))
    closed = stack.posted("/pd", "comes_and_goes", '"resolve"').payload
    assert closed["dedup_key"] == opened["dedup_key"]


def test_teams_reads_a_card_in_which_no_markdown_of_others_works(stack: Stack) -> None:
    stack.raise_(_breach("fraud", "critical", team="risk", version="[v](http://bad)*"))
    card = stack.posted("/teams", "fraud").payload["attachments"][0]["content"]
    title, text = (block["text"] for block in card["body"])
    assert title == r"ML alert: fraud \[v\]\(http://bad\)\*: Accuracy misses its objective"
    first, *fields, links = text.split("\n\n")
    assert first == (r"fraud \[v\]\(http://bad\)\*: Accuracy of the last 24h is 0.9; it should be at least 0.93.")
    assert fields == [
        "**Severity:** critical",
        "**Model:** fraud",
        r"**Version:** \[v\]\(http://bad\)\*",
        "**Metric:** accuracy",
        "**Current value:** 0.9 (95 % interval 0.89 to 0.91)",
        "**Threshold:** at least 0.93",
        f"**Time:** since {_SHOWN}",
    ]
    assert links.startswith("[Dashboard](https://grafana.example/d/x?var-model_name=fraud) · [Runbook](https://run")


def test_opsgenie_gets_an_alert_with_its_priority_and_who_is_responsible(stack: Stack) -> None:
    stack.raise_(_breach("cards", "critical", team="risk"))
    posted = stack.posted("/og/v2/alerts", "cards")
    assert posted.headers["Authorization"] == "GenieKey the-key"
    assert posted.payload["message"] == "ML alert: cards v7: Accuracy misses its objective"
    assert posted.payload["priority"] == "P1"
    assert posted.payload["responders"] == [
        {"name": "ml", "type": "team"},
        {"username": "jane@example.org", "type": "user"},
    ]
    assert posted.payload["details"]["threshold"] == "at least 0.93"
    assert posted.payload["description"] == (
        "cards v7: Accuracy of the last 24h is 0.9; it should be at least 0.93.\n\n"
        "Dashboard: https://grafana.example/d/x?var-model_name=cards\n"
        "Runbook: https://runbooks.example/MLObjectiveBreached.md\n"
        f"Silence: {_silence(stack, 'cards', 'critical', team='risk')}"
    )


def test_a_mail_reads_like_this_and_comes_encrypted_to_every_mailbox(stack: Stack) -> None:
    stack.raise_(_breach("churn", "warning", team="growth", version="<v&7>"))
    mail = stack.mail("churn")
    assert mail["Subject"] == "ML alert: churn <v&7>: Accuracy misses its objective (WARNING)"
    assert mail["From"] == "alerts@example.org"
    assert stack.box.recipients[stack.box.mails.index(mail)] == ["ml@example.org", "ops@example.org"]
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").splitlines()[:13] == [
        "FIRING",
        "Alert: MLObjectiveBreached",
        "Severity: warning",
        "Model: churn",
        "Version: <v&7>",
        "Metric: accuracy",
        "Current Value: 0.9 (95 % interval 0.89 to 0.91)",
        "Threshold: at least 0.93",
        "Description: churn <v&7>: Accuracy of the last 24h is 0.9; it should be at least 0.93.",
        f"Time: {_SHOWN}",
        "Dashboard: https://grafana.example/d/x?var-model_name=churn",
        "Runbook: https://runbooks.example/MLObjectiveBreached.md",
        "Query: https://prometheus.example/graph?g0.expr=up",
    ]
    content = html.get_content()
    assert "<td>&lt;v&amp;7&gt;</td>" in content
    assert '<a href="https://grafana.example/d/x?var-model_name=churn">Dashboard</a>' in content
    silence = html_text.unescape(content.partition('<p><a href="')[2].partition('"')[0])
    expected = _silence(stack, "churn", "warning", team="growth", model_version="%3cv%267%3e")
    assert silence == expected
    assert "border-left:6px solid #ff9900" in content


def test_a_plain_webhook_gets_alertmanagers_own_json_with_its_token(stack: Stack) -> None:
    stack.raise_(_breach("owned", "critical", owner="jane"))
    posted = stack.posted("/hook", "owned")
    assert posted.headers["Authorization"] == "Bearer the-key"
    assert posted.payload["version"] == "4"
    assert posted.payload["alerts"][0]["labels"]["owner"] == "jane"
    stack.posted("/pd", "owned")  # the owner is told as well, not instead


def test_the_dead_mans_switch_hears_of_the_watchdog(stack: Stack) -> None:
    stack.raise_({"labels": {"alertname": "Watchdog", "severity": "none"}, "startsAt": _STARTED.isoformat()})
    assert stack.posted("/switch", "Watchdog").payload["status"] == "firing"


def test_what_escalates_is_told_to_its_tier(stack: Stack) -> None:
    escalated = _breach("fraud", "critical", tier="1", escalated="MLModelDegraded")
    escalated["labels"]["alertname"] = "MLAlertEscalated"
    stack.raise_(escalated)
    assert stack.posted("/boss", "MLModelDegraded").payload["commonLabels"]["tier"] == "1"


def test_an_escalated_alert_is_kept_quiet_by_a_dead_exporter_unless_it_is_about_that(stack: Stack) -> None:
    down = {"alertname": "MLExporterDown", "severity": "critical", "model_name": "dead"}
    about_down, about_breach = (
        down | {"alertname": "MLAlertEscalated", "tier": "1", "escalated": escalated}
        for escalated in ("MLExporterDown", "MLObjectiveBreached")
    )
    stack.raise_(*({"labels": labels, "startsAt": _STARTED.isoformat()} for labels in (down, about_down, about_breach)))

    def inhibited(escalated: str) -> bool:
        query = f"filter=model_name%3Ddead&filter=escalated%3D{escalated}"
        with urllib.request.urlopen(f"{stack.address}/api/v2/alerts?{query}", timeout=10) as response:  # noqa: S310 - loopback
            (alert,) = json.loads(response.read())
        return bool(alert["status"]["inhibitedBy"])

    eventually(lambda: inhibited("MLObjectiveBreached"), "the escalated breach is kept quiet")
    assert not inhibited("MLExporterDown")


def test_what_waits_for_business_hours_is_told_when_they_begin(tmp_path: Path) -> None:
    """Hours that are long past never begin; a critical alert does not wait for them."""
    bundle = made(tmp_path, "routed")
    secrets = bundle.folder / "secrets"
    (secrets / "key").write_text("the-key", encoding="utf-8")
    with services() as far:
        for name in ("slack", "teams", "hook", "switch", "boss"):
            (secrets / f"{name}-url").write_text(f"{far.address}/{name}", encoding="utf-8")
        text = bundle.alertmanager_file.read_text(encoding="utf-8").replace("http://127.0.0.1:9/", f"{far.address}/")
        bundle.alertmanager_file.write_text(_HOURS.sub("years: ['2000:2001']\n", text), encoding="utf-8")
        with alertmanager(bundle.alertmanager_file, bundle.folder / "state") as address:
            stack = Stack(address, far, Mailbox())
            stalled = {"alertname": "MLFeedStalled", "model_name": "other", "feed": "joined", "events": "labels"}
            stack.raise_(
                _breach("prices", "warning", version="waits"),
                {"labels": {**stalled, "severity": "warning"}, "startsAt": _STARTED.isoformat()},
            )
            stack.raise_(_breach("prices", "critical", version="does_not"))
            stack.posted("/slack", "does_not")
            eventually(lambda: _kept(address) == {"MLObjectiveBreached", "MLFeedStalled"}, "two groups wait")
            assert not [each for each in far.at("/slack") if "does_not" not in json.dumps(each.payload)]


def _kept(address: str) -> set[str]:
    """Return the names of the alerts that are muted until an interval begins."""
    with urllib.request.urlopen(f"{address}/api/v2/alerts/groups?muted=true", timeout=10) as response:  # noqa: S310 - loopback
        groups = json.loads(response.read())
    return {
        alert["labels"]["alertname"]
        for group in groups
        for alert in group["alerts"]
        if "business-hours" in alert["status"].get("mutedBy", [])
    }
