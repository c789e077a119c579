"""The real daemon over a store: killed in the middle, its counters are those of a plain loop over all objects."""

import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.feeds.formats.writing import FILES
from tests.feeds.object_store.stores import Bucket
from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_PAIRS = 30_000
_KILLS = 3
_OBJECTS = 12


def test_killed_in_the_middle_every_row_counts_once(events: Bucket, tmp_path: Path) -> None:
    random, now = Random(13), time.time()
    pairs = [(random.randrange(2), random.randrange(2)) for _ in range(_PAIRS)]
    predictions = [
        {"prediction_id": f"p{row}", "model_name": "fraud", "timestamp": now - 60, "prediction": one}
        for row, (one, _) in enumerate(pairs)
    ]
    labels = [{"prediction_id": f"p{row}", "timestamp": now - 30, "actual": one} for row, (_, one) in enumerate(pairs)]
    endings = sorted(FILES)
    for part in range(_OBJECTS):
        ending = endings[part % len(endings)]
        events.put(f"kill/predictions/{part:02}.{ending}", FILES[ending](predictions[part::_OBJECTS]))
        events.put(f"kill/labels/{part:02}.{ending}", FILES[ending](labels[part::_OBJECTS]))
    feeds = [events.feed(f"kill/{name}/", events=name, every="1s") for name in ("predictions", "labels")]
    configuration = {
        "models": [{"name": "fraud", "task": "binary"}],
        "feeds": feeds,
        "tick": "200ms",
        "windows": ["1h"],
    }
    cut = []
    with exporter(tmp_path, configuration) as process:
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

    before = eventually(some, "rows are read")
    process.end(signal.SIGKILL)
    return before
