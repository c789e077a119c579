"""Feeds of rows that hold prediction and label together."""

from pathlib import Path
from typing import Any

from ml_exporter.config import Monitoring
from ml_exporter.pipeline import FeedStatus
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

JOINED = {"name": "outcomes", "kind": "file", "path": "outcomes*.jsonl", "events": "outcomes"}


def with_joined_rows(**options: Any) -> Monitoring:
    """Return a configuration with a feed of joined rows beside the two others."""
    configuration = monitoring(windows=["1h"], **options)
    feeds = [feed.model_dump() for feed in configuration.feeds]
    return monitoring(windows=["1h"], feeds=[*feeds, JOINED], **options)


def row(identifier: str, actual: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a joined row."""
    return prediction(identifier, actual=actual, label_timestamp=NOW - 30, **changes)


def test_a_row_is_a_prediction_and_its_label(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, with_joined_rows())
    exporter.process("outcomes", row("a"), row("b", 0))
    metrics = exporter.tick()
    assert metrics.one("ml_predictions_total") == 2
    assert metrics.one("ml_labels_total") == 2
    assert metrics.one("ml_accuracy_ratio") == 0.5
    assert metrics.one("ml_pending_predictions") == 0
    assert metrics.one("ml_exporter_feed_events_total", feed="outcomes", kind="outcome") == 2


def test_a_row_that_is_read_again_is_one_duplicate(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, with_joined_rows())
    exporter.process("outcomes", row("a"), row("b"))
    exporter.process("outcomes", row("a"), row("b"), row("c"))
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_duplicate_events_total", feed="outcomes") == 2
    assert metrics.one("ml_labels_total") == 3


def test_a_row_whose_prediction_is_known_brings_its_label_and_one_that_says_otherwise_a_conflict(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, with_joined_rows())
    exporter.predict(prediction("a"), prediction("b"))
    exporter.label(label("b", 1))
    exporter.process("outcomes", row("a", 0), row("b", 0))
    metrics = exporter.tick()
    assert metrics.one("ml_labels_total") == 2
    assert metrics.one("ml_exporter_label_conflicts_total") == 1
    assert metrics.one("ml_exporter_duplicate_events_total", feed="outcomes") == 0


def test_a_feed_of_rows_keeps_no_prediction_from_expiring(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, with_joined_rows(label_horizon="1d"))
    exporter.predict(prediction("old", timestamp=NOW - 2 * 86400), prediction("young"))
    metrics = exporter.tick(outcomes=FeedStatus(behind=True))
    assert metrics.one("ml_exporter_expired_predictions_total") == 1
