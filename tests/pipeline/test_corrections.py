"""Labels that are corrected, and silence: gauges follow, counters never fall, replays and restarts agree."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.pipeline import FeedStatus
from tests.pipeline.in_process import NOW, InProcess, Start, label, monitoring, prediction
from tests.scraped import Scraped

DAY = 86400.0
MODEL: dict[str, Any] = {"name": "fraud", "task": "binary", "segments": ["country"], "correction_window": "2d"}
CORRECTED = monitoring(MODEL, windows=["1h"])
SILENT = monitoring({**MODEL, "missing_label": {"after": "1d", "actual": 0}}, windows=["24h"], label_horizon="10d")


def gauges(metrics: Scraped) -> dict[Any, float]:
    """Return what depends on the labels that stand, not on how they came to stand."""
    history = ("_total", "last_tick", "ml_label_delay", "_timestamp_seconds", "ml_degradation", "ml_baseline")
    return {found: value for found, value in metrics.items() if not any(word in found[0] for word in history)}


def test_a_correction_moves_the_gauges_and_no_counter_falls(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CORRECTED)
    exporter.predict(prediction("a"), prediction("b"))
    exporter.label(label("a", 1), label("b", 1))
    before = exporter.tick()
    exporter.label(label("a", 0, timestamp=NOW - 5))
    after = exporter.tick()
    assert (before.one("ml_accuracy_ratio", window="1h"), after.one("ml_accuracy_ratio", window="1h")) == (1.0, 0.5)
    assert after.one("ml_window_outcomes", window="1h") == 2
    assert after.one("ml_exporter_label_corrections_total") == 1
    assert after.one("ml_exporter_label_conflicts_total") == 0
    fallen = {found for found, value in before.items() if found[0].endswith("_total") and after[found] < value}
    assert not fallen


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), max_size=25), st.integers(1, 6), st.booleans())
def test_after_corrections_gauges_are_as_if_every_last_word_had_been_the_first(
    words: list[tuple[int, int]], size: int, predictions_first: bool
) -> None:
    said = [label(str(who), what, timestamp=NOW - 3600 + 60 * place) for place, (who, what) in enumerate(words)]
    predictions = [prediction(str(who), score=who / 5, prediction=None, timestamp=NOW - 7200) for who in range(5)]
    last = {event["prediction_id"]: event for event in said}
    standing = [first_time_said(event, said) for event in last.values()]
    with tempfile.TemporaryDirectory() as folder:
        corrected, direct = (InProcess(Path(folder) / name, CORRECTED) for name in ("corrected", "direct"))
        batches = [said[place : place + size] for place in range(0, len(said), size)]
        if predictions_first:
            corrected.predict(*predictions)
        for batch in batches:
            corrected.label(*batch)
        if not predictions_first:
            corrected.predict(*predictions)
        corrected.restart()
        direct.predict(*predictions)
        direct.label(*standing)
        found, expected = gauges(corrected.tick()), gauges(direct.tick())
        corrected.close()
        direct.close()
    assert found == pytest.approx(expected, abs=1e-9)


def first_time_said(event: dict[str, Any], said: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the label since when a word stands: the first after the last one that said otherwise."""
    own = [other for other in said if other["prediction_id"] == event["prediction_id"]]
    place = max((place for place, other in enumerate(own) if other["actual"] != event["actual"]), default=-1)
    return own[place + 1]


def test_silence_judges_once_the_models_events_are_past_it_and_no_label_is_on_its_way(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, SILENT)
    exporter.predict(prediction("quiet", timestamp=NOW - 1.5 * DAY), prediction("young"))
    for waiting in (FeedStatus(behind=True), FeedStatus(failing=True)):
        assert exporter.tick(labels=waiting).one("ml_assumed_labels_total") == 0
    metrics = exporter.tick()
    assert metrics.one("ml_assumed_labels_total") == 1
    assert metrics.one("ml_labels_total") == 1
    assert metrics.one("ml_pending_predictions") == 1
    assert metrics.one("ml_accuracy_ratio", window="24h") == 0
    exporter.restart()
    assert exporter.tick().one("ml_assumed_labels_total") == 1


def test_a_label_after_silence_corrects_it(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, SILENT)
    exporter.predict(prediction("quiet", timestamp=NOW - 1.5 * DAY), prediction("young"))
    exporter.tick()
    exporter.label(label("quiet", 1))
    metrics = exporter.tick()
    assert metrics.one("ml_accuracy_ratio", window="24h") == 1
    assert metrics.one("ml_window_outcomes", window="24h") == 1
    assert metrics.one("ml_labels_total") == 1
    assert metrics.one("ml_exporter_label_corrections_total") == 1


def test_a_correction_of_a_slice_moves_the_slice_too(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CORRECTED)
    exporter.predict(prediction("a", segment={"country": "DE"}), prediction("b", segment={"country": "FR"}))
    exporter.label(label("a", 1), label("b", 1), label("a", 0, timestamp=NOW - 1))
    metrics = exporter.tick()
    assert metrics.one("ml_segment_accuracy_ratio", segment_value="DE", window="1h") == 0
    assert metrics.one("ml_segment_accuracy_ratio", segment_value="FR", window="1h") == 1
