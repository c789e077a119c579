"""What a real Alertmanager makes of alerts: which are told, which are kept quiet, and how the messages read."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.demo.slack import Message, SlackStandIn
from tests.bundle.configurations import HARMFUL
from tests.bundle.conftest import Bundle, made
from tests.stack.servers import alertmanager
from tests.stack.waiting import eventually

Alert = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """An Alertmanager and the Slack that it writes to."""

    address: str
    slack: SlackStandIn
    bundle: Bundle

    def raise_(self, *alerts: Alert) -> None:
        """Send alerts, as Prometheus does."""
        self._request("/api/v2/alerts", list(alerts))

    def is_kept_quiet(self, **labels: str) -> bool:
        """Tell whether the one alert with these labels is kept quiet by another one, by what is known now."""
        matchers = "&".join(f"filter={name}%3D{value}" for name, value in labels.items())
        (alert,) = self._request(f"/api/v2/alerts?{matchers}")
        return bool(alert["status"]["inhibitedBy"])

    def await_quiet(self, **labels: str) -> None:
        """Wait until the alert is kept quiet: Alertmanager learns of the other one a moment after it was sent."""
        eventually(lambda: self.is_kept_quiet(**labels), f"an alert with {labels} is kept quiet")

    def message(self, *parts: str) -> Message:
        """Wait for the message that holds all of some texts."""

        def look() -> Message | None:
            found = (message for message in self.slack.messages if all(part in str(message.payload) for part in parts))
            return next(found, None)

        return eventually(look, f"a message with {parts}")

    def _request(self, path: str, body: list[Alert] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.address + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            return json.loads(response.read() or "null")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    bundle = made(tmp_path_factory.mktemp("notifications"), "hostile")
    with SlackStandIn() as slack:
        (bundle.folder / "secrets" / "slack-url").write_text(slack.url, encoding="utf-8")
        with alertmanager(bundle.alertmanager_file, bundle.folder / "state") as address:
            yield Stack(address, slack, bundle)


def _alert(labels: dict[str, str], annotations: dict[str, str] | None = None, *, ended: bool = False) -> Alert:
    now = datetime.now(UTC)
    end = {"endsAt": now.isoformat()} if ended else {}
    return {
        "labels": labels,
        "annotations": annotations or {},
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        **end,
    }


def _breach(model: str, *, metric: str = "accuracy", severity: str = "info", version: str = "v7", **more: Any) -> Alert:
    labels = {
        "alertname": "MLObjectiveBreached",
        "severity": severity,
        "model_name": model,
        "model_version": version,
        "metric": metric,
    }
    annotations = {
        "summary": f"{model} {version}: {metric} misses its objective",
        "description": f"{model} {version}: {metric} of the last 24h is low; it should be at least 0.93.",
        "value": f"0.9 ({metric})",
        "threshold": f"at least 0.93 ({metric})",
        "dashboard_url": "http://grafana.example/d/x",
        "runbook_url": "http://runbooks.example/y.md",
    }
    return _alert(labels, annotations, **more)


def _exporter_down(model: str) -> Alert:
    return _alert({"alertname": "MLExporterDown", "severity": "critical", "model_name": model})


def _feed_stalled(model: str, events: str) -> Alert:
    labels = {"alertname": "MLFeedStalled", "severity": "warning", "model_name": model, "feed": "f", "events": events}
    return _alert(labels)


def test_a_breach_as_the_rule_tells_it_reads_like_this(stack: Stack, tmp_path: Path) -> None:
    monitoring = made(tmp_path, "monitoring").monitoring
    cases = [case for group in alert_groups() if group.topic == "objectives" for case in group.cases(monitoring)]
    told = next(alert for alert in cases[0].expected if alert.labels["metric"] == "accuracy")
    stack.raise_(_alert({"alertname": "MLObjectiveBreached", **told.labels}, told.annotations))
    message = stack.message("fraud_detection")
    (attachment,) = message.payload["attachments"]
    assert message.payload["channel"] == "#ml"
    assert attachment["color"] == "#d00000"
    assert attachment["title_link"] == told.annotations["dashboard_url"]
    assert message.text == (
        "ML alert: fraud_detection v1: Accuracy misses its objective\n"
        "fraud_detection v1: Accuracy of the last 24h is 0.25 (95 % interval 0.125 to 0.375) on 200 outcomes;"
        " it should be at least 0.93.\n"
        "Dashboard · Runbook · Query · Silence\n"
        "Severity: critical\n"
        "Metric: accuracy\n"
        "Current value: 0.25 (95 % interval 0.125 to 0.375)\n"
        "Threshold: at least 0.93\n"
        "Model: fraud_detection\n"
        "Version: v1"
    )
    assert message.links == {
        "Dashboard": "http://localhost:3000/d/ml-model-quality"
        "?var-model_name=fraud_detection&var-model_version=v1&var-window=24h",
        "Runbook": told.annotations["runbook_url"],
        "Query": "http://prometheus.example/graph?g0.expr=up",
        "Silence": f"{stack.address}/#/silences/new?filter=%7Balertname%3D%22MLObjectiveBreached%22%2C"
        "job%3D%22ml-exporter%22%2Cmetric%3D%22accuracy%22%2Cmodel_name%3D%22fraud_detection%22%2C"
        "model_version%3D%22v1%22%2Cseverity%3D%22critical%22%7D",
    }


def test_a_critical_alert_reaches_each_receiver_once(stack: Stack) -> None:
    stack.raise_(_breach("told_twice", severity="critical"))
    eventually(lambda: len(_about(stack, "told_twice")) == 2, "both receivers are told")
    stack.raise_(_breach("told_twice", severity="critical"))
    stack.raise_(_breach("later", severity="critical"))
    eventually(lambda: len(_about(stack, "later")) == 2, "both receivers are told of a later one")
    assert len(_about(stack, "told_twice")) == 2


def _about(stack: Stack, model: str) -> list[Message]:
    return [message for message in stack.slack.messages if model in str(message.payload)]


def test_a_breach_that_ends_is_told_as_resolved_in_another_colour(stack: Stack) -> None:
    stack.raise_(_breach("comes_and_goes"))
    assert stack.message("comes_and_goes").payload["attachments"][0]["color"] == "#439fe0"
    stack.raise_(_breach("comes_and_goes", ended=True))
    message = stack.message("comes_and_goes", "Resolved")
    assert message.text.splitlines()[0] == "Resolved: comes_and_goes v7: accuracy misses its objective"
    assert message.payload["attachments"][0]["color"] == "#36a64f"


def test_a_message_of_many_alerts_names_five_and_counts_the_rest(stack: Stack) -> None:
    metrics = [f"metric_{index}" for index in range(7)]
    stack.raise_(*(_breach("many", metric=metric) for metric in metrics))
    message = stack.message("many", "(and 6 more)")
    shown_fields = message.fields
    shown = shown_fields["Metric"].split("; ")
    assert len(set(shown)) == 5
    assert set(shown) < set(metrics)
    assert shown_fields["Current value"] == "; ".join(f"0.9 ({metric})" for metric in shown)
    assert shown_fields["Threshold"] == "; ".join(f"at least 0.93 ({metric})" for metric in shown)
    assert shown_fields["Version"] == "; ".join(["v7"] * 5)
    assert shown_fields["Model"] == "many"
    assert message.text.count("it should be at least") == 5
    assert "\n... and 2 more\n" in message.text


def test_while_one_alert_of_a_message_fires_those_that_ended_are_not_told_as_firing(stack: Stack) -> None:
    stack.raise_(_breach("partly", metric="recall"), _breach("partly", metric="precision"))
    stack.message("partly", "(and 1 more)")
    stack.raise_(_breach("partly", metric="precision", ended=True), _breach("partly", metric="f1"))
    message = stack.message("partly", "f1")
    assert "precision" not in message.text
    assert set(message.fields["Metric"].split("; ")) == {"recall", "f1"}


def test_one_stalled_feed_of_many_models_is_one_message(stack: Stack) -> None:
    stack.raise_(*(_feed_stalled(f"model_{index}", "predictions") for index in range(3)))
    message = stack.message("MLFeedStalled", "(and 2 more)")
    assert message.fields["Model"] == "several"
    assert message.fields["Metric"] == "f; f; f"


def test_what_means_harm_is_escaped_for_slack_and_quoted_in_the_link_to_a_silence(stack: Stack) -> None:
    stack.raise_(_breach(f"{HARMFUL} binary", severity="warning", version="<v&7>"))
    message = stack.message("&lt;v&amp;7&gt;")
    (attachment,) = message.payload["attachments"]
    for part in (attachment["title"], attachment["text"].splitlines()[0], *(f["value"] for f in attachment["fields"])):
        assert not {"<", ">"} & set(part)
    assert message.fields["Model"] == f"{HARMFUL} binary"
    assert message.links["Silence"].partition("model_name%3D%22")[2].partition("%22%2Cmodel_version")[0] == (
        "%5C%22%7D%7B%7B%20.x%20%7D%7D%3Cscript%3E%5C%5C%20%5Cn%09%27%60%25s%20%25q%20%24value%20%26%20%3C%21channel"
        "%3E%20%C3%A9%F0%9D%84%9E%E2%80%A8%20a%2Fb%3Fc%3Dd%23e%20binary"
    )


def test_the_watchdog_and_other_severities_are_told_to_nobody(stack: Stack) -> None:
    stack.raise_(_alert({"alertname": "Watchdog", "severity": "none"}))
    stack.raise_(_alert({"alertname": "Elsewhere", "severity": "page", "model_name": "not_told"}))
    stack.raise_(_breach("told_after_them"))
    stack.message("told_after_them")
    assert not _about(stack, "Watchdog")
    assert not _about(stack, "not_told")


@pytest.mark.parametrize("alertname", ["MLExporterDown", "MLExporterStalled"])
def test_without_an_exporter_nothing_else_about_its_models_is_told(stack: Stack, alertname: str) -> None:
    model, other = f"{alertname}_own", f"{alertname}_other"
    down = _alert({"alertname": alertname, "severity": "critical", "model_name": model})
    stack.raise_(down, _breach(model, severity="critical"), _feed_stalled(model, "labels"), _breach(other))
    stack.await_quiet(alertname="MLObjectiveBreached", model_name=model)
    stack.await_quiet(alertname="MLFeedStalled", model_name=model)
    assert not stack.is_kept_quiet(alertname="MLObjectiveBreached", model_name=other)
    assert not stack.is_kept_quiet(alertname=alertname, model_name=model)


def test_an_exporter_that_is_down_is_not_told_as_stalled_too(stack: Stack) -> None:
    stalled = _alert({"alertname": "MLExporterStalled", "severity": "critical", "model_name": "both"})
    stack.raise_(_exporter_down("both"), stalled)
    stack.await_quiet(alertname="MLExporterStalled", model_name="both")
    assert not stack.is_kept_quiet(alertname="MLExporterDown", model_name="both")


def test_stalled_labels_keep_quality_quiet_but_not_latency(stack: Stack) -> None:
    stack.raise_(
        _feed_stalled("no_labels", "labels"),
        _breach("no_labels", severity="critical"),
        _breach("no_labels", metric="prediction_latency_p99"),
        _breach("with_labels"),
    )
    stack.await_quiet(metric="accuracy", model_name="no_labels")
    assert not stack.is_kept_quiet(metric="prediction_latency_p99", model_name="no_labels")
    assert not stack.is_kept_quiet(metric="accuracy", model_name="with_labels")
    assert not stack.is_kept_quiet(alertname="MLFeedStalled", model_name="no_labels")


def test_stalled_predictions_keep_all_objectives_quiet(stack: Stack) -> None:
    stack.raise_(
        _feed_stalled("no_predictions", "predictions"),
        _breach("no_predictions"),
        _breach("no_predictions", metric="prediction_latency_p99"),
    )
    for metric in ("accuracy", "prediction_latency_p99"):
        stack.await_quiet(metric=metric, model_name="no_predictions")


_RESTING = {name: on for group in alert_groups() for name, on in group.rests_on.items()}
_ALL = sorted({name for group in alert_groups() for name in group.meaning} - {"Watchdog", "MLFeedStalled"})


@pytest.mark.parametrize("events", ["labels", "predictions"])
def test_a_feed_that_stands_still_keeps_quiet_what_rests_on_it_and_nothing_else(stack: Stack, events: str) -> None:
    model = f"without_{events}"
    others = [_alert({"alertname": name, "severity": "info", "model_name": model}) for name in _ALL]
    elsewhere = _alert({"alertname": "MLModelDegraded", "severity": "info", "model_name": f"with_{events}"})
    apart = ("MLExporterDown", "MLExporterStalled")  # these keep all others quiet
    stack.raise_(
        _feed_stalled(model, events), elsewhere, *(one for one in others if one["labels"]["alertname"] not in apart)
    )
    expected = {name for name, on in _RESTING.items() if events == "predictions" or on == "labels"}
    for name in sorted(expected):
        stack.await_quiet(alertname=name, model_name=model)
    told = {name for name in _ALL if name not in apart and not stack.is_kept_quiet(alertname=name, model_name=model)}
    assert told == set(_ALL) - set(apart) - expected
    assert not stack.is_kept_quiet(alertname="MLModelDegraded", model_name=f"with_{events}")


def test_what_may_be_the_cause_is_never_kept_quiet() -> None:
    causes = {
        "MLPredictionVolumeGone",
        "MLLatencyHigh",
        "MLErrorRateHigh",
        "MLModelAbsent",
        "MLHostDiskLow",
        "MLGPUHot",
    }
    assert not causes & _RESTING.keys()
    assert {"MLModelDegraded", "MLObjectiveAtRisk", "MLQualityBudgetBurning", "MLModelUnusual"} <= _RESTING.keys()


def test_the_graver_of_two_alerts_about_one_metric_keeps_the_milder_quiet(stack: Stack) -> None:
    other = {"alertname": "OwnRule"}
    warning, info = _breach("graded", severity="warning"), _breach("graded", severity="info")
    info["labels"] |= other
    stack.raise_(warning, info, _breach("graded", severity="info", metric="recall"))
    stack.await_quiet(alertname="OwnRule", model_name="graded")
    assert not stack.is_kept_quiet(severity="warning", model_name="graded")
    assert not stack.is_kept_quiet(metric="recall", model_name="graded")
    stack.raise_(_breach("graded", severity="critical"))
    stack.await_quiet(severity="warning", model_name="graded")
    assert not stack.is_kept_quiet(severity="critical", model_name="graded")
