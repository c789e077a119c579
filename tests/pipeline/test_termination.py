"""SIGTERM ends it in 5 seconds, whatever is going on: a backlog, a scrape that nobody takes, a hanging collector."""

import json
import os
import signal
import socket
import time
from pathlib import Path

from tests.pipeline.process import ExporterProcess, exporter
from tests.stack.waiting import eventually

_ROWS = 400_000
_CONFIGURATION = {
    "models": [{"name": "fraud", "task": "binary", "segments": ["country"], "process": {"pid_file": "hangs"}}],
    "feeds": [{"name": "predictions", "kind": "file", "path": "predictions.jsonl", "events": "predictions"}],
    "collectors": {"process": {"timeout": "1h"}},
    "tick": "100ms",
}


def _seconds() -> float:
    """Return the 5 seconds that it promises, more on a machine that has more to do than processors to do it with."""
    return 5.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _write_backlog(file: Path) -> None:
    """Write predictions of many segments, so that a scrape is large and reading takes its time."""
    now = time.time()
    with file.open("w", encoding="utf-8") as opened:
        for row in range(_ROWS):
            event = {
                "prediction_id": str(row),
                "model_name": "fraud",
                "model_version": "v1",
                "timestamp": now,
                "score": row % 97 / 97,
                "segment": {"country": str(row % 90)},
            }
            opened.write(json.dumps(event) + "\n")


def _scrape_and_take_nothing(running: ExporterProcess) -> socket.socket:
    """Ask for more answers than any buffer holds, and take none of them."""
    host, _, port = running.address.removeprefix("http://").partition(":")
    client = socket.create_connection((host, int(port)), timeout=10)
    client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
    return client


def _read(running: ExporterProcess) -> float:
    """Return how many events it has read, 0 before its first tick."""
    shown = running.metrics()
    return 0 if shown is None else shown.one("ml_exporter_feed_events_total")


def test_under_load_it_ends_in_time_and_goes_on_where_it_was(tmp_path: Path) -> None:
    _write_backlog(tmp_path / "predictions.jsonl")
    os.mkfifo(tmp_path / "hangs")  # opening it waits for a writer, who never comes
    with exporter(tmp_path, _CONFIGURATION) as running:
        running.start()
        with _scrape_and_take_nothing(running):
            read = eventually(lambda: _read(running), "it reads")
            assert running.end(signal.SIGTERM, seconds=_seconds()) == 0
    assert read < _ROWS, "the backlog was being read"
    assert "event=stopped" in running.log()
    assert "Traceback" not in running.log()
    with exporter(tmp_path, _CONFIGURATION) as running:
        running.start()
        metrics = running.metrics_once(_ROWS)
    assert metrics.one("ml_predictions_total") == _ROWS
    assert metrics.one("ml_exporter_duplicate_events_total") == 0
