"""The main job on real parts: rows in files, their metrics in Prometheus, and one message where a model fails."""

import math
import signal
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics as sklearn_metrics

from ml_exporter.demo import prometheus_api
from tests.pipeline.offline import Outcome
from tests.scraped import Key
from tests.stack.running import Event, Stack, running
from tests.stack.waiting import eventually

_OBJECTIVE = {"threshold": 0.8, "minimum_outcomes": 50}
_CONFIGURATION: dict[str, Any] = {
    "models": [
        {"name": "steady", "task": "binary", "segments": ["country"]},
        {"name": "recovering", "task": "binary", "objectives": {"accuracy": {**_OBJECTIVE, "window": "5m"}}},
        {"name": "surviving", "task": "binary", "objectives": {"accuracy": {**_OBJECTIVE, "window": "5m"}}},
        {"name": "unlabelled", "task": "binary", "objectives": {"accuracy": {**_OBJECTIVE, "window": "3s"}}},
    ],
    "windows": ["3s", "5m"],
    "buckets": [{"width": "1s", "keep": "1m"}, {"width": "3s", "keep": "10m"}],
    "tick": "500ms",
    "alerting": {
        "timing": {
            "for": "1s",
            "keep_firing_for": "10s",  # longer than the exporter takes to come back
            "group_wait": "1s",
            "group_interval": "1s",
        },
        "links": {"grafana": "http://grafana.example"},
    },
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run one stack for all tests; each has a model of its own."""
    with running(tmp_path_factory.mktemp("stack"), _CONFIGURATION) as stack:
        for model in ("recovering", "surviving", "unlabelled"):
            stack.write(*_rows(model, "first", right=100))
        eventually(lambda: stack.value("up", job="ml-exporter") == 1, "Prometheus scrapes the exporter")
        eventually(lambda: stack.alerts(['alertname="MLExporterDown"']) == [], "what was not up yet is")
        yield stack


def _rows(model: str, name: str, *, right: int = 0, wrong: int = 0) -> tuple[list[Event], list[Event]]:
    """Make predictions, so many of them right and so many wrong, and their labels; all of them are of now."""
    now = time.time()
    predictions, labels = [], []
    for number in range(right + wrong):
        event = {"prediction_id": f"{model}-{name}-{number}", "timestamp": now}
        predictions.append({**event, "model_name": model, "model_version": "v1", "prediction": number % 2})
        labels.append({**event, "actual": number % 2 if number < right else 1 - number % 2})
    return predictions, labels


def _random_rows() -> tuple[list[Event], list[Event]]:
    """Make rows with scores, latencies, segments, failures, duplicates, conflicts, and some that stay unlabelled."""
    random = np.random.default_rng(7)
    now = time.time()
    predictions, labels = [], []
    for number in range(800):
        actual = int(random.random() < 0.4)
        score = round(float(random.beta(4, 3) if actual else random.beta(2, 4)), 3)
        event: Event = {
            "prediction_id": f"steady-{number}",
            "model_name": "steady",
            "model_version": "v1",
            "timestamp": now,
            "score": score,
            "latency_seconds": round(float(random.lognormal(-3, 0.5)), 6),
            "segment": {"country": str(random.choice(["FR", "DE"]))},
        }
        predictions.append({**event, "status": "error"} if number % 50 == 0 else event)
        if number % 9:
            labels.append({"prediction_id": event["prediction_id"], "timestamp": now, "actual": actual})
    conflicting = [{**label, "actual": 1 - label["actual"]} for label in labels[20:25]]
    return predictions + predictions[100:110], labels + labels[:7] + conflicting


def _of(model: str, samples: dict[Key, float]) -> dict[Key, float]:
    """Return the samples of one model; a bound of a histogram is written as Prometheus writes it."""
    found = {}
    for (name, labels), value in samples.items():
        own = dict(labels)
        if own.get("model_name") == model:
            own |= {"le": str(float(own["le"]))} if "le" in own else {}
            found[name, frozenset(own.items())] = value
    return found


def test_prometheus_has_what_a_plain_computation_of_the_same_rows_gives(stack: Stack) -> None:
    stack.write(*_random_rows())
    outcomes, _, _ = stack.offline.joined()
    own = [outcome for outcome in outcomes if outcome.prediction["model_name"] == "steady"]
    eventually(lambda: stack.value("ml_labels_total", model_name="steady") == len(own), "every label is joined")
    in_window = {found: value for found, value in stack.samples().items() if ("window", "3s") not in found[1]}
    stack.offline.compare(in_window, stack.offline.gauges("5m", since=0.0))
    series = {"model_name": "steady", "model_version": "v1", "window": "5m"}
    found = {name: stack.value(name, **series) for name in _expected(own)}
    assert found == pytest.approx(_expected(own), rel=1e-9)


def _expected(outcomes: list[Outcome]) -> dict[str, float]:
    """Compute the metrics by scikit-learn, and the accuracy's interval (Wilson) by scipy."""
    actual = [outcome.actual for outcome in outcomes]
    score = [outcome.prediction["score"] for outcome in outcomes]
    predicted = [outcome.predicted for outcome in outcomes]
    right = sum(outcome.right for outcome in outcomes)
    interval = binomtest(right, len(outcomes)).proportion_ci(0.95, "wilson")
    return {
        "ml_accuracy_ratio": sklearn_metrics.accuracy_score(actual, predicted),
        "ml_accuracy_lower_bound_ratio": interval.low,
        "ml_accuracy_upper_bound_ratio": interval.high,
        "ml_precision_ratio": sklearn_metrics.precision_score(actual, predicted),
        "ml_recall_ratio": sklearn_metrics.recall_score(actual, predicted),
        "ml_f1_ratio": sklearn_metrics.f1_score(actual, predicted),
        "ml_log_loss": sklearn_metrics.log_loss(actual, score),
        "ml_brier_score": sklearn_metrics.brier_score_loss(actual, score),
        "ml_window_outcomes": len(outcomes),
    }


def test_prometheus_has_every_sample_that_the_exporter_shows(stack: Stack) -> None:
    def same() -> bool:
        shown = stack.exporter.metrics()
        return shown is not None and _of("steady", dict(shown)) == _of("steady", stack.samples())

    eventually(same, "Prometheus has the exporter's samples of the model, and no others")
    assert len(_of("steady", stack.samples())) > 100


def test_a_breach_is_told_once_with_what_it_rests_on_and_once_more_when_it_is_over(stack: Stack) -> None:
    assert stack.firing("recovering") is None
    stack.write(*_rows("recovering", "bad", right=50, wrong=150))
    (message,) = eventually(lambda: stack.told("recovering"), "Slack is told")
    value, interval = 150 / 300, binomtest(150, 300).proportion_ci(0.95, "wilson")
    shown = f"{value:.4g} (95 % interval {interval.low:.4g} to {interval.high:.4g})"
    assert message.title.startswith("ML alert: recovering v1: ")
    assert message.fields == {
        "Severity": "warning",
        "Metric": "accuracy",
        "Current value": shown,
        "Threshold": "at least 0.8",
        "Model": "recovering",
        "Version": "v1",
    }
    assert f"is {shown} on 300 outcomes; it should be at least 0.8." in message.text
    _links_lead_to_what_they_are_called(stack, message.links)
    stack.write(*_rows("recovering", "good again", right=1200))
    eventually(lambda: len(stack.told("recovering")) > 1, "Slack is told of the recovery", seconds=60)
    resolved = message.title.replace("ML alert", "Resolved")
    assert [told.title for told in stack.told("recovering")] == [message.title, resolved]
    assert stack.firing("recovering") is None


def _links_lead_to_what_they_are_called(stack: Stack, links: dict[str, str]) -> None:
    dashboard = urllib.parse.urlparse(links["Dashboard"])
    assert (dashboard.netloc, dashboard.path) == ("grafana.example", "/d/ml-model-quality")
    assert urllib.parse.parse_qs(dashboard.query) == {
        "var-model_name": ["recovering"],
        "var-model_version": ["v1"],
        "var-window": ["5m"],
    }
    assert links["Runbook"].endswith("/docs/runbooks/MLObjectiveBreached.md")
    query = urllib.parse.urlparse(links["Query"])
    assert f"http://{query.netloc}" == stack.prometheus
    (expression,) = urllib.parse.parse_qs(query.query)["g0.expr"]
    (sample,) = prometheus_api.query(stack.prometheus, expression)
    assert sample["metric"]["model_name"] == "recovering"
    address, _, fragment = links["Silence"].partition("#")
    assert address == f"{stack.alertmanager}/"
    (silenced,) = urllib.parse.parse_qs(fragment.partition("?")[2])["filter"]
    (alert,) = stack.alerts(silenced.strip("{}").split(","))
    assert alert["labels"]["model_name"] == "recovering"


def test_labels_that_stop_coming_resolve_nothing(stack: Stack) -> None:
    stack.write(*_rows("unlabelled", "bad", wrong=200))
    fired = eventually(lambda: stack.firing("unlabelled"), "the alert fires")
    eventually(
        lambda: stack.value("ml_window_outcomes", model_name="unlabelled", window="3s") == 0,
        "the window holds no outcome",
    )
    stack.write(_rows("unlabelled", "unlabelled", right=200)[0])
    eventually(lambda: stack.value("ml_pending_predictions", model_name="unlabelled") == 200, "predictions go on")
    stack.fires_still("unlabelled")
    assert stack.value("ml_accuracy_ratio", model_name="unlabelled", window="3s") is None
    fires = stack.firing("unlabelled")
    assert fires is not None
    assert fires["activeAt"] == fired["activeAt"]
    assert "keepFiringSince" not in fires  # the exporter says it, not Prometheus' patience
    assert len(stack.told("unlabelled")) == 1


def test_a_killed_exporter_resolves_nothing_and_goes_on_where_it_was(stack: Stack) -> None:
    stack.write(*_rows("surviving", "bad", right=10, wrong=190))
    fired = eventually(lambda: stack.firing("surviving"), "the alert fires")
    eventually(lambda: stack.told("surviving"), "Slack is told")
    labels = stack.value("ml_labels_total", model_name="surviving")
    assert labels == 300
    stack.exporter.end(signal.SIGKILL)
    stack.write(*_rows("surviving", "meanwhile", wrong=50))
    eventually(lambda: stack.value("ml_objective_breached", model_name="surviving") is None, "its samples are gone")
    stack.fires_still("surviving")
    stack.exporter.start()
    eventually(lambda: stack.value("ml_labels_total", model_name="surviving") == 350, "counters go on")
    stack.offline.compare(stack.samples())
    stack.fires_still("surviving")
    fires = stack.firing("surviving")
    assert fires is not None
    assert fires["activeAt"] == fired["activeAt"]
    assert len(stack.told("surviving")) == 1
    value = stack.value("ml_accuracy_ratio", model_name="surviving", window="5m")
    assert value is not None
    assert math.isclose(value, 110 / 350)
