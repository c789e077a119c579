"""A model that is broken on purpose, on real parts: the alerts that it should raise and no others, told once, and over.

Beside it lives one that stays well. Both have learnt their baselines from a backlog; what is broken is what the model
says, so its latency, its features and its volume stay as they were.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ml_exporter.demo import prometheus_api
from tests.stack.running import Event, Stack, running
from tests.stack.waiting import eventually

_LEARNT = 120
"""Seconds of the past that baselines are learnt from."""

_EACH = 40
"""Predictions a second and model."""

_CONFIGURATION: dict[str, Any] = {
    "models": [
        {
            "name": name,
            "task": "binary",
            "segments": ["country"],
            "features": ["amount"],
            "objectives": {"accuracy": {"threshold": 0.8, "window": "5s", "minimum_outcomes": 100}},
            "baseline": {"period": "1m"},
        }
        for name in ("broken", "well")
    ],
    "windows": ["5s", "5m"],
    "buckets": [{"width": "1s", "keep": "10m"}, {"width": "5s", "keep": "20m"}, {"width": "30s", "keep": "1h"}],
    "allowed_lateness": "1s",
    "tick": "500ms",
    "detection": {"recover_for": "10s"},
    # what becomes of the machine that the tests run on is its own affair
    "collectors": {name: {"enabled": False} for name in ("cpu", "disk", "gpu", "memory", "network", "process")},
    "alerting": {
        "timing": {"for": "1s", "keep_firing_for": "2s", "group_wait": "3s", "group_interval": "2s"},
        "routes": {"critical": ["slack"], "warning": ["slack"]},
    },
}
_EVALUATIONS = 5
"""Seconds in which the rules are evaluated so many times."""

_EXPECTED = {
    ("MLObjectiveBreached", "broken", "accuracy"),
    *(("MLModelDegraded", "broken", metric) for metric in ("accuracy", "precision", "recall")),
}
"""Name, model and metric of every alert that must fire."""


class _Producer:
    """Writes what both models say, and what is true, second by second."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._random = np.random.default_rng(5)
        self._ids = 0
        self._until = time.time() - _LEARNT
        self.right = {"broken": 0.95, "well": 0.95}
        """Model to the share of its predictions that are right."""

    def catch_up(self) -> None:
        """Write everything up to now."""
        now = time.time()
        seconds = now - self._until
        for model, right in self.right.items():
            rows = [
                self._row(model, right, self._until, now) for _ in range(int(self._random.poisson(_EACH * seconds)))
            ]
            self._stack.write([made for made, _ in rows], [told for _, told in rows])
        self._until = now

    def _row(self, model: str, right: float, since: float, until: float) -> tuple[Event, Event]:
        self._ids += 1
        actual = int(self._random.random() < 0.5)
        said = actual if self._random.random() < right else 1 - actual
        event = {"prediction_id": f"{model}-{self._ids}", "timestamp": float(self._random.uniform(since, until))}
        made = {
            "model_name": model,
            "model_version": "v1",
            "prediction": said,
            "segment": {"country": str(self._random.choice(["FR", "DE"]))},
            "features": {"amount": float(self._random.lognormal())},
            "latency_seconds": float(self._random.lognormal(-3, 0.3)),
        }
        return event | made, {**event, "actual": actual}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("degradation"), _CONFIGURATION) as stack:
        yield stack


def _firing(stack: Stack) -> set[tuple[str, str, str]]:
    """Return what fires in Prometheus, but for the alert that always does."""
    found = prometheus_api.query(stack.prometheus, 'ALERTS{alertstate="firing",alertname!="Watchdog"}')
    return {
        (one["metric"]["alertname"], one["metric"].get("model_name", ""), one["metric"].get("metric", ""))
        for one in found
    }


def test_what_is_broken_raises_its_alerts_and_no_others_told_once_and_once_more_when_it_is_over(stack: Stack) -> None:
    producer = _Producer(stack)

    def seen(look: Callable[[], bool], what: str) -> None:
        def look_again() -> bool:
            producer.catch_up()
            return look()

        eventually(look_again, what, seconds=60)

    ready = 'min(ml_baseline_ready{metric=~"accuracy|precision|recall"})'
    seen(lambda: prometheus_api.value(stack.prometheus, ready) == 1, "baselines are learnt")
    seen(lambda: _firing(stack) == set(), "what was not up yet is")
    assert stack.slack.messages == []

    producer.right["broken"] = 0.6
    seen(lambda: _firing(stack) == _EXPECTED, "everything that should fires")
    seen(lambda: len(stack.slack.messages) > 0, "Slack is told")
    told = time.time()
    seen(lambda: time.time() > told + _EVALUATIONS, "the rules are evaluated some more times")
    assert _firing(stack) == _EXPECTED

    producer.right["broken"] = 0.99
    seen(lambda: _firing(stack) == set(), "nothing fires any more")
    seen(lambda: len(stack.slack.messages) > 1, "Slack is told that it is over")
    # three metrics have one cause, and the objective that is missed with them is theirs
    about = "broken v1: Accuracy has degraded (and 2 more)"
    assert [message.title for message in stack.slack.messages] == [f"ML alert: {about}", f"Resolved: {about}"]
