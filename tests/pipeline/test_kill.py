"""``kill -9`` at any moment, and SIGTERM: a real process over real files loses nothing and counts nothing twice."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

from tests.pipeline.offline import OfflineJoin
from tests.pipeline.process import exporter
from tests.pipeline.writer import Writer
from tests.stack.waiting import eventually

CONFIGURATION: dict[str, Any] = {
    "models": [
        {"name": "fraud", "task": "binary", "segments": ["country"], "objectives": {"accuracy": 0.9}},
        {"name": "churn", "task": "binary"},
    ],
    "feeds": [
        {"name": "predictions", "kind": "file", "path": "feed/predictions*.jsonl", "events": "predictions"},
        {"name": "labels", "kind": "file", "path": "feed/labels*.jsonl", "events": "labels"},
    ],
    "tick": "500ms",
    "windows": ["1h"],
}
KILLS = int(os.environ.get("KILLS", "6"))
"""More of them make a soak: ``KILLS=300 pytest tests/pipeline/test_kill.py -k killed``."""

LOG = "data/ledger.sqlite-wal"


def test_killed_at_random_moments_while_files_grow_rotate_and_shrink_every_counter_is_that_of_an_offline_join(
    tmp_path: Path,
) -> None:
    random = Random(20131205)
    (tmp_path / "feed").mkdir()
    offline = OfflineJoin({"fraud": ["country"]})
    writer = Writer(tmp_path / "feed", random, offline)
    writer.append(2000)
    with exporter(tmp_path, CONFIGURATION) as process:
        for life in range(KILLS):
            process.start()
            if life % 3 == 2:
                feed = random.choice(["predictions", "labels"])
                writer.finish()
                process.metrics_once(len(writer.written))
                writer.truncate(feed)
            if life % 2:
                write_for(random.uniform(0.0, 0.5), writer, random)
            else:
                wait_for_commits(random.choice([1, 2, 2, 3, 3, 4]), tmp_path / LOG)
            process.end(signal.SIGKILL)
            write_for(0.0, writer, random)
        writer.finish()
        process.start()
        metrics = process.metrics_once(len(writer.written))
        offline.compare(metrics, offline.gauges("1h", since=0.0))
        assert metrics.one("ml_exporter_label_conflicts_total") > 0
        assert process.end(signal.SIGTERM) == 0
    assert "Traceback" not in process.log()


def write_for(seconds: float, writer: Writer, random: Random) -> None:
    """Let the writer write for some time, at least once."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while True:
        if random.random() < 0.2:
            writer.rotate(random.choice(["predictions", "labels"]))
        writer.append(random.randrange(50, 300))
        pause.wait(min(random.uniform(0, 0.05), max(0.0, end - time.monotonic())))
        if time.monotonic() >= end:
            return


def wait_for_commits(count: int, log: Path) -> None:
    """Return at once when the store has been written so many times: in the midst of what follows a commit."""
    written, deadline = changed(log), time.monotonic() + 1.0
    while count and time.monotonic() < deadline:
        if (now := changed(log)) != written:
            written, count = now, count - 1


def changed(file: Path) -> int:
    """Return when a file was changed, 0 where there is none."""
    return file.stat().st_mtime_ns if file.exists() else 0


def test_sigterm_in_the_middle_of_a_backlog_ends_in_time_and_loses_nothing(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    feed.mkdir()
    now, rows = time.time(), 400_000
    with (feed / "predictions.jsonl").open("w") as file:
        for number in range(rows):
            event = {"prediction_id": str(number), "model_name": "fraud", "timestamp": now - 60, "score": 0.5}
            file.write(json.dumps(event) + "\n")
    with exporter(tmp_path, CONFIGURATION) as process:
        process.start()
        eventually(
            lambda: process.metrics() and process.metrics().one("ml_exporter_series", model_name="fraud"), "work"
        )
        begun = time.monotonic()
        assert process.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 5
        assert "stopped" in process.log().splitlines()[-1]
        away = feed.rename(tmp_path / "away")  # so that nothing is read on before the restored state has been seen
        process.start()
        first = eventually(process.metrics, "the restored state")
        assert 0 < first.one("ml_predictions_total", model_name="fraud") < rows
        away.rename(feed)
        metrics = process.metrics_once(rows)
        assert metrics.one("ml_predictions_total", model_name="fraud") == rows
        assert metrics.one("ml_exporter_duplicate_events_total", feed="predictions") == 0


def test_sigterm_while_it_starts_ends_with_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    with exporter(tmp_path, CONFIGURATION) as process:
        process.start()
        assert process.end(signal.SIGTERM) == 0
        process.start()
        assert process.end(signal.SIGINT) == 0
    assert "Traceback" not in process.log()
