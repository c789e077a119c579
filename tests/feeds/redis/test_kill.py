"""The real daemon over streams: killed in the middle, its counters are those of a plain loop over all entries."""

import signal
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.feeds.redis.server import Server
from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_PAIRS = 30_000
_KILLS = 3


def test_killed_in_the_middle_every_entry_counts_once(running: Server, tmp_path: Path) -> None:
    random, now = Random(19), time.time()
    pairs = [(random.randrange(2), random.randrange(2)) for _ in range(_PAIRS)]
    many = running.client.pipeline(transaction=False)
    for row, (predicted, actual) in enumerate(pairs):
        many.xadd("k-predictions", {"prediction_id": f"p{row}", "timestamp": now - 60, "prediction": predicted})
        many.xadd("k-labels", {"prediction_id": f"p{row}", "timestamp": now - 30, "actual": actual})
    many.execute()
    feeds: list[dict[str, Any]] = [
        {"name": name, "kind": "redis", "events": name, "url": running.url, "stream": f"k-{name}"}
        for name in ("predictions", "labels")
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
    assert sum(metrics.all("ml_exporter_duplicate_events_total").values()) == 0
    assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0


def _read_before_it_is_killed(process: ExporterProcess) -> float:
    def some() -> float:
        metrics = process.metrics()
        return 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())

    before = eventually(some, "entries are read")
    process.end(signal.SIGKILL)
    return before
