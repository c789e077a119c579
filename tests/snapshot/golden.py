"""The committed /metrics of a small fleet: every family that a snapshot can show.

After a change that is meant to change it, make it again and look at what has changed:

    python -m tests.snapshot.golden && git diff tests/golden/metrics.txt
"""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from ml_exporter.pipeline import FeedStatus
from ml_exporter.snapshot import Snapshot
from tests.pipeline.in_process import NOW, InProcess, monitoring

GOLDEN = Path(__file__).parent.parent / "golden" / "metrics.txt"

HOUR = 3600.0
_OF_THE_MACHINE = {
    rb"(?m)^ml_exporter_build_info\{.*\}": b'ml_exporter_build_info{version="0.1.0",python_version="3.11.7"}',
    rb"(?m)^(ml_exporter_last_tick_duration_seconds) .*": rb"\1 0.0625",
}

MODELS: Sequence[dict[str, Any]] = (
    {
        "name": "purchase",
        "task": "binary",
        "segments": ["country"],
        "features": [{"name": "amount", "range": [0, 100]}, {"name": "channel", "max_categories": 2}],
        "max_segment_values": 1,
        "objectives": {"accuracy": {"threshold": 0.85, "minimum_outcomes": 20}, "prediction_latency_p99": 0.5},
        "business": {
            "conversion": True,
            "value": "amount",
            "currency": "EUR",
            "costs": {"false_positive": 1, "false_negative": "value"},
        },
        "baseline": {"period": "30h"},
        "correction_window": "7d",
        "missing_label": {"after": "6h", "actual": 0},
    },
    {"name": "animals", "task": "multiclass", "classes": ["cat", "dog", "owl"], "top_k": [2], "segments": ["place"]},
    {"name": "prices", "task": "regression", "segments": ["city"]},
    {"name": "films", "task": "ranking", "k": [1, 2, 3, 5, 10, 20, 50, 100], "segments": ["city"]},
)
CONFIGURATION = monitoring(
    *MODELS,
    windows=["1h", "24h"],
    label_horizon="1d",
    detection={
        "detectors": ["sequential", "betting", "change_point", "trend", "z_score"],
        "false_alarm_every": "1d",
        "recover_for": "10m",
    },
)


class Fleet:
    """Draws the events of the models."""

    def __init__(self) -> None:
        self._random = Random(1929)
        self._of_prices, self._of_films = Random(1930), Random(1931)
        self._ids = 0

    def purchases(self, count: int, at: float, right: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return predictions of about that time, and labels of nearly all of them, so many of which agree."""
        predictions, labels = [], []
        for _ in range(count):
            self._ids += 1
            score = self._random.random()
            bought = (score >= 0.5) == (self._random.random() < right)
            event = {
                "prediction_id": self._ids,
                "model_name": "purchase",
                "model_version": "2024-05",
                "timestamp": round(at - self._random.uniform(0, 240), 3),
                "latency_seconds": round(self._random.lognormvariate(-3, 1), 4),
            }
            if self._random.random() < 0.02:
                predictions.append(event | {"status": "timeout"})
                continue
            country = self._random.choice(["DE", "DE", "FR", "IT"])
            amount = round(self._random.lognormvariate(3, 1), 2)
            features = {"amount": amount, "channel": ["web", "shop", "phone"][self._ids % 3]}
            said = {"score": round(score, 4), "segment": {"country": country}, "features": features}
            predictions.append(event | said)
            if self._random.random() < 0.95:
                labels.append({"prediction_id": self._ids, "timestamp": event["timestamp"] + 20, "actual": bought})
        return predictions, labels

    def animals(self, count: int, at: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return predictions and labels of that time."""
        predictions, labels = [], []
        for _ in range(count):
            self._ids += 1
            weights = [self._random.expovariate(1) for _ in range(3)]
            scores = [round(weight / sum(weights), 4) for weight in weights]
            names = ["cat", "dog", "owl"]
            event = {"prediction_id": self._ids, "model_name": "animals", "timestamp": round(at - 30, 3)}
            said = {"scores": dict(zip(names, scores, strict=True)), "segment": {"place": "zoo"}}
            predictions.append(event | said)
            if self._random.random() < 0.98:
                actual = self._random.choices(names, weights)[0]
                labels.append({"prediction_id": self._ids, "timestamp": event["timestamp"] + 10, "actual": actual})
        return predictions, labels

    def prices(self, count: int, at: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return predictions of that time with their intervals, and labels of all of them."""
        predictions, labels = [], []
        for row in range(count):
            event = {"prediction_id": f"price-{at:.0f}-{row}", "model_name": "prices", "timestamp": round(at - 30, 3)}
            actual = round(self._of_prices.uniform(100, 900), 2)
            said = round(actual * self._of_prices.gauss(1.02, 0.1), 2)
            interval = {"lower": said - 80, "upper": said + 80}
            predictions.append(event | {"prediction": said, "segment": {"city": "Lyon"}} | interval)
            labels.append({"prediction_id": event["prediction_id"], "timestamp": event["timestamp"], "actual": actual})
        return predictions, labels

    def films(self, count: int, at: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return rankings of that time, and labels of all of them: two items that were liked."""
        predictions, labels = [], []
        for row in range(count):
            event = {"prediction_id": f"film-{at:.0f}-{row}", "model_name": "films", "timestamp": round(at - 30, 3)}
            items = self._of_films.sample(range(120), 110)
            predictions.append(event | {"items": items, "segment": {"city": "Lyon"}})
            liked = {str(items[int(self._of_films.expovariate(0.2)) % 110]): 1, "999": 2}
            labels.append({"prediction_id": event["prediction_id"], "timestamp": event["timestamp"], "actual": liked})
        return predictions, labels


def without_the_machine(text: bytes) -> bytes:
    """Return a text with what differs from machine to machine replaced."""
    for found, instead in _OF_THE_MACHINE.items():
        text = re.sub(found, instead, text)
    return text


def lived(folder: Path) -> Snapshot:
    """Let the fleet live for 31 hours, the last one badly, and return the snapshot of then."""
    exporter, fleet = InProcess(folder, CONFIGURATION, NOW - 31 * HOUR), Fleet()
    take(exporter, fleet.animals(200, exporter.at))
    take(exporter, fleet.prices(100, exporter.at))
    take(exporter, fleet.films(40, exporter.at))
    for hour in range(30):
        for _ in range(2):
            exporter.at += HOUR / 2
            take(exporter, fleet.purchases(60, exporter.at, right=0.98 - hour / 500))
        exporter.tick()
    take(exporter, fleet.animals(200, exporter.at))
    take(exporter, fleet.prices(100, exporter.at))
    take(exporter, fleet.films(40, exporter.at))
    for _ in range(12):
        exporter.at += HOUR / 12
        take(exporter, fleet.purchases(40, exporter.at, right=0.6))
        exporter.tick()
    take(exporter, odd_events())
    snapshot = exporter.snapshot(labels=FeedStatus(behind=True, errors=2))
    exporter.close()
    return snapshot


def odd_events() -> tuple[list[Any], list[Any]]:
    """Return events that are late, contradicted, corrected, unmatched or of no use."""
    late = {"prediction_id": "late", "model_name": "purchase", "timestamp": NOW - 2 * HOUR, "score": 0.9}
    clash = {"prediction_id": "clash", "model_name": "animals", "timestamp": NOW - 60, "prediction": "cat"}
    predictions = [late, late, clash, {"prediction_id": "x"}, b"half a li", clash | {"model_name": "nobody"}]
    labels = [
        {"prediction_id": "late", "timestamp": NOW - 1.5 * HOUR, "actual": 1},
        {"prediction_id": "late", "timestamp": NOW - 30, "actual": 0},
        {"prediction_id": "clash", "timestamp": NOW - 20, "actual": "cat"},
        {"prediction_id": "clash", "timestamp": NOW - 10, "actual": "dog"},
        {"prediction_id": "nobody's", "timestamp": NOW, "actual": 1},
        {"prediction_id": "clash", "timestamp": "soon", "actual": "cat"},
    ]
    return predictions, labels


def take(exporter: InProcess, events: tuple[list[Any], list[Any]]) -> None:
    """Take predictions in, and their labels."""
    predictions, labels = events
    exporter.predict(*predictions)
    exporter.label(*labels)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        GOLDEN.write_bytes(without_the_machine(lived(Path(scratch)).text.text))
