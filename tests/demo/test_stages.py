"""The watch: stages in their order, each with its time, and what Slack is told too early."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ml_exporter.demo import prometheus_api
from ml_exporter.demo.producer_state import ProducerState, write_state
from ml_exporter.demo.slack import Message
from ml_exporter.demo.stages import STAGES, Watch, is_about
from tests.demo.messages import BREACH, breach, other

_NAMES = [name for name, _ in STAGES]


@dataclass
class _Prometheus:
    """Answers the watch's questions from two tables."""

    values: dict[str, float] = field(default_factory=dict)
    alerts: list[dict[str, object]] = field(default_factory=list)

    def value(self, _address: str, expression: str) -> float | None:
        found = [value for family, value in self.values.items() if expression.startswith(f"{family}{{")]
        return found[0] if found else None

    def named(self, _address: str, name: str) -> list[dict[str, object]]:
        return self.alerts if name == "MLObjectiveBreached" else []

    def accuracy(self, value: float, lower: float, upper: float) -> None:
        self.values["ml_accuracy_ratio"] = value
        self.values["ml_accuracy_lower_bound_ratio"] = lower
        self.values["ml_accuracy_upper_bound_ratio"] = upper


@pytest.fixture
def prometheus(monkeypatch: pytest.MonkeyPatch) -> _Prometheus:
    scripted = _Prometheus()
    monkeypatch.setattr(prometheus_api, "value", scripted.value)
    monkeypatch.setattr(prometheus_api, "alerts", scripted.named)
    return scripted


@pytest.fixture
def posted() -> list[Message]:
    return []


@pytest.fixture
def watch(tmp_path: Path, posted: list[Message], prometheus: _Prometheus) -> Watch:
    assert prometheus.values == {}
    return Watch("http://prometheus", posted, tmp_path, 0.84, "1m")


def _alert(state: str, metric: str = "accuracy") -> dict[str, object]:
    return {"state": state, "labels": {"alertname": "MLObjectiveBreached", "metric": metric}}


def test_every_stage_is_reached_when_it_is_seen_and_not_before(
    watch: Watch, prometheus: _Prometheus, posted: list[Message], tmp_path: Path
) -> None:
    seen = [watch.look().stages]
    prometheus.accuracy(0.85, 0.83, 0.87)
    seen.append(watch.look().stages)
    prometheus.accuracy(0.92, 0.91, 0.93)
    seen.append(watch.look().stages)
    write_state(tmp_path, ProducerState("replaying", corrupted_at=1000.0))
    prometheus.values["ml_objective_breached"] = 0
    seen.append(watch.look().stages)
    prometheus.values["ml_objective_breached"] = 1
    seen.append(watch.look().stages)
    prometheus.alerts = [_alert("firing", "recall"), _alert("pending")]
    seen.append(watch.look().stages)
    prometheus.alerts = [_alert("firing")]
    seen.append(watch.look().stages)
    assert not watch.complete
    posted.append(breach(received=1001.0))
    seen.append(watch.look().stages)
    assert seen == [[name] for name in _NAMES]
    assert watch.complete
    assert list(watch.reached.values()) == sorted(watch.reached.values())
    assert watch.look().stages == []


def test_a_stage_waits_for_those_in_front_of_it(watch: Watch, prometheus: _Prometheus, tmp_path: Path) -> None:
    write_state(tmp_path, ProducerState("replaying", corrupted_at=1000.0))
    prometheus.alerts = [_alert("firing")]
    assert watch.look().stages == _NAMES[:1]
    assert watch.missing == _NAMES[1:]
    prometheus.accuracy(0.92, 0.91, 0.93)
    assert watch.look().stages == _NAMES[1:4]


def test_an_accuracy_without_its_bounds_is_none(watch: Watch, prometheus: _Prometheus) -> None:
    prometheus.values["ml_accuracy_ratio"] = 0.92
    watch.look()
    assert watch.quality is None


def test_what_slack_was_told_before_the_input_broke_is_a_false_alarm(
    watch: Watch, posted: list[Message], tmp_path: Path
) -> None:
    posted.append(other("too early", received=10.0))
    assert [message.title for message in watch.look().messages] == ["too early"]
    write_state(tmp_path, ProducerState("replaying", corrupted_at=1000.0))
    posted += [other("just before", received=999.0), other("after", received=1001.0)]
    assert [message.title for message in watch.look().messages] == ["just before", "after"]
    assert [message.title for message in watch.false_alarms] == ["too early", "just before"]
    assert watch.look().messages == []


def test_only_a_message_of_the_same_model_and_metric_with_interval_threshold_and_links_counts() -> None:
    assert is_about(breach(), "flight_delay", "accuracy")
    assert not is_about(breach(), "flight_delay", "recall")
    assert not is_about(breach(), "fraud_detection", "accuracy")
    for missing in ("ML alert", "95 % interval", "at least", "|Dashboard>", "|Runbook>", "|Query>", "|Silence>"):
        told = json.loads(json.dumps(BREACH).replace(missing, ""))
        assert not is_about(Message(0.0, told), "flight_delay", "accuracy"), missing
