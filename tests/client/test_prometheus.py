"""The recorder's own counts on a service's /metrics."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from ml_exporter.client import Recorder
from ml_exporter.client.prometheus import RecorderCollector
from tests.client.far_end import FarEnd, Said, all_sent
from tests.scraped import Scraped
from tests.stack.servers import promtool
from tests.stack.waiting import eventually

Record = Callable[..., Recorder]


def _shown(recorder: Recorder) -> bytes:
    registry = CollectorRegistry()
    registry.register(RecorderCollector(recorder))
    return generate_latest(registry)


def test_counts_are_those_of_the_statistics(record: Record, end: FarEnd, tmp_path: Path) -> None:
    end.rejects = lambda event: "bad_value" if event["prediction_id"] == "2" else None
    recorder = record(spool=tmp_path)
    for number in range(5):
        recorder.prediction(str(number), score=0.5)
    recorder.prediction("1", score=0.5)
    recorder.prediction()
    all_sent(recorder)
    end.judge = lambda _request: Said(503)
    recorder.prediction(score=0.5)
    eventually(lambda: recorder.statistics.spooled, "it is spooled")
    shown = Scraped(_shown(recorder))
    stem = "ml_exporter_client"
    assert shown.one(f"{stem}_recorded_events_total") == 7
    assert shown.one(f"{stem}_invalid_events_total") == 1
    results = {name: shown.one(f"{stem}_delivered_events_total", result=name) for name in ("accepted", "duplicate")}
    assert results == {"accepted": 4, "duplicate": 1}
    assert shown.one(f"{stem}_delivered_events_total", result="rejected") == 1
    assert shown.one(f"{stem}_waiting_events", place="disk") == 1
    assert shown.one(f"{stem}_waiting_events", place="memory") == 0
    assert shown.one(f"{stem}_spool_bytes") == recorder.statistics.spooled_bytes > 0
    assert shown.one(f"{stem}_failed_requests_total") >= 1


def test_promtool_has_nothing_to_say_about_them(record: Record) -> None:
    recorder = record()
    checked = subprocess.run([promtool(), "check", "metrics"], input=_shown(recorder), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
