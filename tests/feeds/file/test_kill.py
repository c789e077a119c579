"""``kill -9`` while files of every format come and grow under one glob: every event counts once."""

import random
import signal
import time
from pathlib import Path
from typing import Any

from tests.feeds.formats.writing import FILES, csv_rows, json_lines
from tests.pipeline.process import exporter
from tests.stack.waiting import eventually

CONFIGURATION = {
    "models": [{"name": "fraud", "task": "binary", "segments": ["country"]}],
    "feeds": [
        {"name": "predictions", "kind": "file", "path": "feed/predictions*", "events": "predictions"},
        {"name": "labels", "kind": "file", "path": "feed/labels*", "events": "labels"},
    ],
    "tick": "500ms",
    "windows": ["1h"],
}
KILLS = 3
ROWS = 3000
"""Of each file."""


class Writer:
    """Writes files of every format, whole ones by renaming, and lets one of lines and one of CSV grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._random = random.Random(4)
        self.predictions: list[dict[str, Any]] = []
        self.labels: list[dict[str, Any]] = []

    def write(self, ending: str) -> None:
        """Write one file of predictions and of labels each, or let one grow that ends so."""
        now, first = time.time(), len(self.predictions)
        for number in range(first, first + ROWS):
            score = round(self._random.random(), 3)
            country = self._random.choice(["DE", "FR"])
            self.predictions.append(
                {
                    "prediction_id": f"{number:07d}",
                    "model_name": "fraud",
                    "timestamp": now - 30,
                    "score": score,
                    "segment": {"country": country},
                }
            )
            actual = int(self._random.random() < score)
            self.labels.append({"prediction_id": f"{number:07d}", "timestamp": now - 10, "actual": actual})
        for name, events in (("predictions", self.predictions[first:]), ("labels", self.labels[first:])):
            if ending in {"jsonl", "csv"}:
                self._grow(self._folder / f"{name}.{ending}", events)
            else:
                hidden = self._folder / f".{name}"
                hidden.write_bytes(FILES[ending](events))
                hidden.rename(self._folder / f"{name}-{first}.{ending}")

    def _grow(self, path: Path, events: list[dict[str, Any]]) -> None:
        content = json_lines(events) if path.suffix == ".jsonl" else csv_rows(events, header=not path.exists())
        with path.open("ab", buffering=0) as file:
            for begin in range(0, len(content), 30_001):
                file.write(content[begin : begin + 30_001])


def test_killed_while_files_of_every_format_come_and_grow_every_event_counts_once(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    log = tmp_path / "data" / "ledger.sqlite-wal"
    writer = Writer(tmp_path / "feed")
    with exporter(tmp_path, CONFIGURATION) as process:
        for _ in range(KILLS):
            for ending in FILES:
                writer.write(ending)
            process.start()
            for ending in ("csv", "jsonl", "csv.zst"):
                writer.write(ending)
            eventually(lambda: log.exists() and log.stat().st_size > 0, "something was committed")
            process.end(signal.SIGKILL)
        process.start()
        metrics = process.metrics_once(len(writer.predictions) + len(writer.labels))
        assert process.end(signal.SIGTERM) == 0
    scores = {one["prediction_id"]: one["score"] for one in writer.predictions}
    confusion = {(actual, predicted): 0 for actual in "01" for predicted in "01"}
    for one in writer.labels:
        confusion[str(one["actual"]), str(int(scores[one["prediction_id"]] >= 0.5))] += 1
    assert metrics.one("ml_predictions_total") == len(scores)
    assert metrics.one("ml_labels_total") == len(writer.labels)
    for (actual, predicted), count in confusion.items():
        assert metrics.one("ml_confusion_total", actual=actual, predicted=predicted) == count
    assert sum(metrics.all("ml_exporter_duplicate_events_total").values()) == 0
    assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0
    assert "Traceback" not in process.log()
