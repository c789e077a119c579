"""A restart with another configuration goes on with what the store holds."""

from pathlib import Path

import pytest

from ml_exporter.ledger import SqliteLedger
from ml_exporter.pipeline import Engine
from ml_exporter.tallies import DamagedState
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

FRAUD = {"name": "fraud", "task": "binary"}
CHURN = {"name": "churn", "task": "binary"}


def test_a_model_that_is_removed_is_shown_no_longer_and_disturbs_nothing(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(FRAUD, CHURN))
    exporter.predict(prediction("a"), prediction("a", model_name="churn"), prediction("b", model_name="churn"))
    exporter.tick()
    exporter.restart(monitoring(FRAUD))
    exporter.label(label("a"), label("b"))
    exporter.predict(prediction("c"), prediction("d", model_name="churn"))
    metrics = exporter.tick()
    assert not metrics.all("ml_predictions_total", model_name="churn")
    assert not metrics.all("ml_exporter_series", model_name="churn")
    assert metrics.one("ml_labels_total", model_name="fraud") == 1
    assert metrics.one("ml_pending_predictions", model_name="fraud") == 1
    assert metrics.one("ml_exporter_feed_rejected_total", feed="predictions", reason="unknown_model") == 1


def test_a_model_that_comes_back_goes_on_counting(tmp_path: Path, start: Start) -> None:
    both = monitoring(FRAUD, CHURN)
    exporter = start(tmp_path, both)
    exporter.predict(prediction("a", model_name="churn"), prediction("b", model_name="churn"), prediction("z"))
    exporter.label(label("a"))
    exporter.restart(monitoring(FRAUD))
    exporter.tick()
    exporter.restart(both)
    exporter.label(label("b"))
    exporter.predict(prediction("c", model_name="churn"))
    metrics = exporter.tick()
    assert metrics.one("ml_predictions_total", model_name="churn") == 3
    assert metrics.one("ml_labels_total", model_name="churn") == 2
    assert metrics.one("ml_pending_predictions", model_name="churn") == 1


def test_a_model_that_is_added_begins_at_zero_and_takes_labels_that_came_before_it(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, monitoring(FRAUD))
    exporter.predict(prediction("a"))
    exporter.label(label("a"), label("b"))
    exporter.restart(monitoring(FRAUD, CHURN))
    assert exporter.tick().one("ml_exporter_series", model_name="churn") == 0
    exporter.predict(prediction("b", model_name="churn"))
    metrics = exporter.tick()
    assert metrics.one("ml_labels_total", model_name="churn") == 1
    assert metrics.one("ml_labels_total", model_name="fraud") == 1


def test_segments_that_are_added_slice_what_comes_from_now_on(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(FRAUD))
    exporter.predict(prediction("before", segment={"country": "DE"}))
    exporter.restart(monitoring({**FRAUD, "segments": ["country", "channel"]}))
    exporter.predict(prediction("after", segment={"country": "DE", "channel": "web"}))
    exporter.label(label("before"), label("after"))
    metrics = exporter.tick()
    assert metrics.one("ml_window_outcomes", window="1h") == 2
    assert metrics.one("ml_segment_window_outcomes", window="1h", segment_key="country", segment_value="DE") == 1
    assert metrics.one("ml_segment_window_outcomes", window="1h", segment_key="channel", segment_value="web") == 1


def test_segments_may_change_their_order_and_go(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({**FRAUD, "segments": ["country", "channel"]}))
    exporter.predict(prediction("a", segment={"country": "DE", "channel": "web"}))
    exporter.restart(monitoring({**FRAUD, "segments": ["channel", "country"]}))
    exporter.predict(prediction("b", segment={"country": "DE", "channel": "web"}))
    exporter.restart(monitoring({**FRAUD, "segments": ["channel"]}))
    exporter.predict(prediction("c", segment={"country": "DE", "channel": "web"}))
    exporter.label(label("a"), label("b"), label("c"))
    metrics = exporter.tick()
    assert metrics.one("ml_segment_window_outcomes", window="1h", segment_key="channel", segment_value="web") == 3
    assert metrics.one("ml_segment_window_outcomes", window="1h", segment_key="country", segment_value="DE") == 2


def test_windows_and_buckets_may_change(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(FRAUD, windows=["1h", "7d"]))
    exporter.predict(prediction("a"), prediction("b", timestamp=NOW - 3 * 86400))
    exporter.label(label("a"), label("b", timestamp=NOW - 2 * 86400))
    exporter.tick()
    coarser = [{"width": "15m", "keep": "1d"}, {"width": "2h", "keep": "30d"}]
    exporter.restart(monitoring(FRAUD, windows=["2h", "5d"], buckets=coarser))
    metrics = exporter.tick()
    assert metrics.one("ml_window_outcomes", window="2h") == 1
    assert metrics.one("ml_window_outcomes", window="5d") == 2
    exporter.restart(monitoring(FRAUD, windows=["1h", "7d"]))
    metrics = exporter.tick()
    assert metrics.one("ml_window_outcomes", window="7d") == 2
    assert metrics.one("ml_labels_total") == 2


def test_a_feed_that_is_removed_is_shown_no_longer_and_goes_on_where_it_stood(tmp_path: Path, start: Start) -> None:
    configuration = monitoring(FRAUD)
    exporter = start(tmp_path, configuration)
    exporter.predict(prediction("a"))
    exporter.label(label("a"))
    without = configuration.model_copy(update={"feeds": configuration.feeds[:1]})
    exporter.restart(without)
    assert not exporter.tick().all("ml_exporter_feed_events_total", feed="labels")
    exporter.restart(configuration)
    assert exporter.engine.position("labels") == b"1"
    assert exporter.tick().one("ml_exporter_feed_events_total", feed="labels") == 1


def test_another_latency_objective_counts_slow_requests_from_now_on(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({**FRAUD, "objectives": {"prediction_latency_p99": 1.0}}))
    exporter.predict(prediction("a", latency_seconds=0.7))
    assert exporter.tick().one("ml_window_slow_requests", window="1h") == 0
    exporter.restart(monitoring({**FRAUD, "objectives": {"prediction_latency_p99": 0.5}}))
    exporter.predict(prediction("b", latency_seconds=0.7))
    assert exporter.tick().one("ml_window_slow_requests", window="1h") == 1


@pytest.mark.parametrize("name", ["join", "series", "statuses", "detectors/objective"])
def test_state_that_is_damaged_stops_the_exporter_with_a_clear_error(name: str, tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path)
    with ledger.transaction():
        ledger.write(name, b"\xff{")
    with pytest.raises(DamagedState, match="the state in the store is damaged"):
        Engine(monitoring(), ledger)
    ledger.close()
