"""Two replicas share the partitions, one is killed: a real Prometheus records of both what one plain loop counts."""

import json
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from ml_exporter.bundle import generate, write
from ml_exporter.config import Monitoring
from ml_exporter.demo.prometheus_api import query
from tests.feeds.kafka.cluster import Cluster, cluster
from tests.pipeline.in_process import monitoring
from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.servers import prometheus
from tests.stack.waiting import eventually

PAIRS = 20_000
REPLICAS = 2
MODELS = [{"name": "fraud", "task": "binary"}]
METRICS = {
    "ml_accuracy_ratio": accuracy_score,
    "ml_precision_ratio": precision_score,
    "ml_recall_ratio": recall_score,
    "ml_f1_ratio": f1_score,
}


class Sent:
    """What services send: predictions and labels, each keyed by its prediction_id."""

    def __init__(self, kafka: Cluster) -> None:
        self._kafka, self._random = kafka, Random(5)
        self._topics = {"predictions": kafka.topic(partitions=4), "labels": kafka.topic(partitions=4)}
        self.predicted: list[int] = []
        self.actual: list[int] = []

    def send(self, count: int) -> None:
        """Send pairs."""
        first, now = len(self.predicted), time.time()
        self.predicted += [int(self._random.random() < 0.3) for _ in range(count)]
        self.actual += [int(self._random.random() < (0.7 if one else 0.1)) for one in self.predicted[first:]]
        keys = [f"p{number}" for number in range(first, first + count)]
        self._produce("predictions", keys, "prediction", self.predicted[first:], now - 30)
        self._produce("labels", keys, "actual", self.actual[first:], now - 10)

    def _produce(self, events: str, keys: Sequence[str], field: str, values: Sequence[int], when: float) -> None:
        rows = [
            {"prediction_id": key, "timestamp": when, field: value} for key, value in zip(keys, values, strict=True)
        ]
        self._kafka.produce(self._topics[events], [json.dumps(row).encode() for row in rows], keys=keys)

    def feeds(self, replica: int) -> list[dict[str, Any]]:
        """Return what one replica reads."""
        return [
            {
                "name": events,
                "kind": "kafka",
                "events": events,
                "brokers": [self._kafka.address],
                "topic": topic,
                "partitions": {"replica": replica, "of": REPLICAS},
                "defaults": {"model_name": "fraud"} if events == "predictions" else {},
            }
            for events, topic in self._topics.items()
        ]


def started(running: ExitStack, folder: Path, feeds: list[dict[str, Any]]) -> ExporterProcess:
    """Start a replica with a store of its own."""
    folder.mkdir()
    configuration = {"models": MODELS, "feeds": feeds, "tick": "200ms", "windows": ["1h"]}
    process = running.enter_context(exporter(folder, configuration))
    process.start()
    return process


def read(process: ExporterProcess) -> float:
    metrics = process.metrics()
    return 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())


def bundle(folder: Path, replicas: Sequence[ExporterProcess]) -> Path:
    """Generate for both, and return the file of Prometheus."""
    targets = [one.address.removeprefix("http://") for one in replicas]
    configured: Monitoring = monitoring(
        *MODELS, windows=["1h"], prometheus={"targets": targets, "scrape_interval": "1s"}
    )
    write(generate(configured), folder)
    return folder / "prometheus" / "prometheus.yml"


def test_a_replica_that_is_killed_goes_on_and_the_sums_of_both_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    with ExitStack() as running:
        sent = Sent(running.enter_context(cluster()))
        sent.send(PAIRS // 2)
        replicas = [started(running, tmp_path / str(one), sent.feeds(one)) for one in range(REPLICAS)]
        eventually(lambda: read(replicas[0]) > 0, "the first replica reads")
        replicas[0].end(signal.SIGKILL)
        sent.send(PAIRS // 2)
        eventually(lambda: read(replicas[1]) > 0.6 * PAIRS, "the other one goes on")
        replicas[0].start()
        eventually(lambda: sum(map(read, replicas)) == 2 * PAIRS, "everything is read", seconds=120.0)
        address = running.enter_context(prometheus(bundle(tmp_path, replicas), tmp_path / "prometheus-data"))

        def recorded(name: str) -> list[float]:
            return [float(one["value"][1]) for one in query(address, f"model:{name}:over_exporters")]

        eventually(lambda: recorded("ml_window_outcomes") == [PAIRS], "both are in the recorded sums", seconds=60.0)
        for name, independent in METRICS.items():
            expected = independent(sent.actual, sent.predicted)
            eventually(
                lambda name=name, expected=expected: recorded(name) == [pytest.approx(expected, rel=1e-9)],
                f"{name} is {expected}",
            )
        for one in replicas:
            shown = one.metrics()
            assert shown is not None
            assert 0.4 * PAIRS < shown.one("ml_predictions_total") < 0.6 * PAIRS, "the share of a replica is a half"
            assert sum(shown.all("ml_pending_predictions").values()) == 0, "a prediction and its label meet"
