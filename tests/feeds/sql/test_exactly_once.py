"""The real daemon over real databases: killed in the middle, its counters are those of a plain loop over all rows."""

import signal
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from tests.feeds.sql.databases import Database
from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_PAIRS = 30_000
_KILLS = 3


def _configuration(url: str) -> dict[str, Any]:
    common = {"kind": "sql", "url": url, "lag": "100ms", "every": "100ms", "batch_rows": 500}
    predictions = {"name": "predictions", "events": "predictions", "table": "predictions", "cursor": "id"}
    labels = {"name": "labels", "events": "labels", "table": "labels", "cursor": "id"}
    return {
        "models": [{"name": "fraud", "task": "binary"}],
        "feeds": [predictions | common | {"defaults": {"model_name": "fraud"}}, labels | common],
        "tick": "500ms",
        "windows": ["1h"],
    }


def test_killed_in_the_middle_every_counter_is_that_of_a_plain_loop(database: Database, tmp_path: Path) -> None:
    random, now = Random(7), time.time()
    pairs = [(random.randrange(2), random.randrange(2)) for _ in range(_PAIRS)]
    number = "BIGSERIAL" if database.kind == "postgresql" else "INTEGER"
    database.run(
        f"CREATE TABLE predictions (id {number} PRIMARY KEY, prediction_id TEXT, timestamp FLOAT, prediction INTEGER)",
        f"CREATE TABLE labels (id {number} PRIMARY KEY, prediction_id TEXT, timestamp FLOAT, actual INTEGER)",
    )
    with database.writer.begin() as connection:
        for table, column, place in (("predictions", "prediction", 0), ("labels", "actual", 1)):
            rows = [{"a": f"p{row}", "b": now - 60, "c": pair[place]} for row, pair in enumerate(pairs)]
            statement = f"INSERT INTO {table} (prediction_id, timestamp, {column}) VALUES (:a, :b, :c)"  # noqa: S608
            connection.execute(sa.text(statement), rows)
    cut = []
    with exporter(tmp_path, _configuration(database.url)) as process:
        for _ in range(_KILLS):
            process.start()
            cut.append(read_before_it_is_killed(process))
        process.start()
        metrics = process.metrics_once(2 * _PAIRS)
        assert process.end(signal.SIGTERM) == 0
    assert any(0 < read < 2 * _PAIRS for read in cut), "it was never killed in the middle"
    for (predicted, actual), count in Counter(pairs).items():
        cell = {"predicted": str(predicted), "actual": str(actual)}
        assert metrics.one("ml_confusion_total", model_name="fraud", **cell) == count
    assert metrics.one("ml_predictions_total", model_name="fraud") == _PAIRS
    for feed in ("predictions", "labels"):
        assert metrics.one("ml_exporter_duplicate_events_total", feed=feed) == 0


def read_before_it_is_killed(process: ExporterProcess) -> float:
    """Kill the exporter once it tells that it has read rows, and return how many these were."""

    def some() -> float:
        metrics = process.metrics()
        return 0.0 if metrics is None else sum(metrics.all("ml_exporter_feed_events_total").values())

    before = eventually(some, "rows are read")
    process.end(signal.SIGKILL)
    return before
