"""The real daemon over tables: killed in the middle, its counters are those of a plain loop over all rows."""

import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

import deltalake
import polars as pl

from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_PAIRS = 30_000
_KILLS = 3
_VERSIONS = 6


def test_killed_in_the_middle_every_row_counts_once(tmp_path: Path) -> None:
    random, now = Random(17), time.time()
    pairs = [(random.randrange(2), random.randrange(2)) for _ in range(_PAIRS)]
    ids = [f"p{row}" for row in range(_PAIRS)]
    tables = {
        "predictions": pl.DataFrame({"prediction_id": ids, "prediction": [one for one, _ in pairs]}).with_columns(
            pl.lit("fraud").alias("model_name"), pl.lit(now - 60).alias("timestamp")
        ),
        "labels": pl.DataFrame({"prediction_id": ids, "actual": [one for _, one in pairs]}).with_columns(
            pl.lit(now - 30).alias("timestamp")
        ),
    }
    feeds = [
        {"name": name, "kind": "delta", "events": name, "url": f"file://{tmp_path / name}", "every": "1s"}
        for name in tables
    ]
    configuration = {
        "models": [{"name": "fraud", "task": "binary"}],
        "feeds": feeds,
        "tick": "200ms",
        "windows": ["1h"],
    }
    for part in range(_VERSIONS // 2):
        _write(tables, part, tmp_path)
    cut = []
    with exporter(tmp_path, configuration) as process:
        for kill in range(_KILLS):
            process.start()
            _write(tables, _VERSIONS // 2 + kill, tmp_path)
            cut.append(_read_before_it_is_killed(process))
            deltalake.DeltaTable(str(tmp_path / "labels")).optimize.compact()
        process.start()
        metrics = process.metrics_once(2 * _PAIRS)
        assert process.end(signal.SIGTERM) == 0
    assert any(0 < read < 2 * _PAIRS for read in cut), "it was never killed in the middle"
    for (predicted, actual), count in Counter(pairs).items():
        assert metrics.one("ml_confusion_total", predicted=str(predicted), actual=str(actual)) == count
    assert sum(metrics.all("ml_exporter_duplicate_events_total").values()) == 0
    assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0


def _write(tables: dict[str, pl.DataFrame], part: int, folder: Path) -> None:
    for name, frame in tables.items():
        deltalake.write_deltalake(str(folder / name), frame[part::_VERSIONS], mode="append")


def _read_before_it_is_killed(process: ExporterProcess) -> float:
    def some() -> float:
        metrics = process.metrics()
        return 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())

    before = eventually(some, "rows are read")
    process.end(signal.SIGKILL)
    return before
