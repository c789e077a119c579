"""The real daemon over topics: killed in the middle, its counters are those of a plain loop over all messages."""

import json
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.feeds.kafka.cluster import Cluster
from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_PAIRS = 60_000
_KILLS = 3


def test_killed_in_the_middle_every_message_counts_once(kafka: Cluster, tmp_path: Path) -> None:
    random, now = Random(11), time.time()
    pairs = [(random.randrange(2), random.randrange(2)) for _ in range(_PAIRS)]
    keys = [f"p{row}" for row in range(_PAIRS)]
    topics = {"predictions": kafka.topic(partitions=3), "labels": kafka.topic(partitions=2)}
    for place, (events, field) in enumerate((("predictions", "prediction"), ("labels", "actual"))):
        rows = (
            {"prediction_id": key, "timestamp": now - 60, field: pair[place]}
            for key, pair in zip(keys, pairs, strict=True)
        )
        kafka.produce(topics[events], [json.dumps(row).encode() for row in rows], keys=keys)
    feeds: list[dict[str, Any]] = [
        {"name": events, "kind": "kafka", "events": events, "brokers": [kafka.address], "topic": topic}
        for events, topic in topics.items()
    ]
    feeds[0]["defaults"] = {"model_name": "fraud"}
    models = [{"name": "fraud", "task": "binary"}]
    cut = []
    with exporter(tmp_path, {"models": models, "feeds": feeds, "tick": "200ms", "windows": ["1h"]}) as process:
        for _ in range(_KILLS):
            process.start()
            cut.append(_read_before_it_is_killed(process))
        process.start()
        metrics = process.metrics_once(2 * _PAIRS)
        assert process.end(signal.SIGTERM) == 0
    assert any(0 < read < 2 * _PAIRS for read in cut), "it was never killed in the middle"
    for (predicted, actual), count in Counter(pairs).items():
        assert metrics.one("ml_confusion_total", predicted=str(predicted), actual=str(actual)) == count
    assert metrics.one("ml_predictions_total") == _PAIRS
    assert sum(metrics.all("ml_exporter_duplicate_events_total").values()) == 0
    assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0
    assert metrics.one("ml_exporter_feed_lag_events", feed="labels") == 0


def _read_before_it_is_killed(process: ExporterProcess) -> float:
    def some() -> float:
        metrics = process.metrics()
        return 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())

    before = eventually(some, "messages are read")
    process.end(signal.SIGKILL)
    return before
