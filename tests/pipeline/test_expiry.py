"""Predictions and labels are forgotten by the events' own time, and not while a label may still be on its way."""

from pathlib import Path

from ml_exporter.pipeline import FeedStatus
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

DAY = 86400.0
CONFIGURATION = monitoring(label_horizon="2d", windows=["1h"])
TWO_MODELS = monitoring(
    {"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"}, label_horizon="2d", windows=["1h"]
)


def test_a_prediction_expires_when_a_newer_event_of_its_model_is_past_the_horizon(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("old", timestamp=NOW - 2 * DAY - 61), prediction("young", timestamp=NOW - 60))
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_expired_predictions_total") == 1
    assert metrics.one("ml_pending_predictions") == 1
    exporter.label(label("old"), label("young"))
    assert exporter.tick().one("ml_labels_total") == 1


def test_the_clock_on_the_wall_expires_nothing(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("a", timestamp=NOW))
    exporter.at = NOW + 20 * DAY
    assert exporter.tick().one("ml_exporter_expired_predictions_total") == 0
    exporter.label(label("a", timestamp=NOW + 19 * DAY))
    assert exporter.tick().one("ml_labels_total") == 1


def test_a_backlog_that_is_older_than_the_horizon_still_joins(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    for day in range(20, 0, -1):
        exporter.predict(prediction(str(day), timestamp=NOW - day * DAY))
        exporter.tick(labels=FeedStatus(behind=True))
    exporter.label(*(label(str(day), timestamp=NOW - day * DAY + 60) for day in range(20, 0, -1)))
    metrics = exporter.tick()
    assert metrics.one("ml_labels_total") == 20
    assert metrics.one("ml_exporter_expired_predictions_total") == 0


def test_nothing_expires_while_a_feed_of_labels_fails_and_it_does_once_the_feed_is_back(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("old", timestamp=NOW - 3 * DAY), prediction("young", timestamp=NOW))
    for status in (FeedStatus(failing=True), FeedStatus(behind=True)):
        assert exporter.tick(labels=status).one("ml_exporter_expired_predictions_total") == 0
    assert exporter.tick(labels=FeedStatus(errors=7)).one("ml_exporter_expired_predictions_total") == 1


def test_a_feed_of_predictions_that_is_behind_does_not_keep_predictions(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("old", timestamp=NOW - 3 * DAY), prediction("young", timestamp=NOW))
    behind = FeedStatus(behind=True)
    assert exporter.tick(predictions=behind).one("ml_exporter_expired_predictions_total") == 1


def test_another_models_events_expire_nothing(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, TWO_MODELS)
    exporter.predict(prediction("a", timestamp=NOW - 3 * DAY), prediction("b", model_name="churn", timestamp=NOW))
    assert exporter.tick().one("ml_exporter_expired_predictions_total") == 0


def test_a_label_waits_for_its_prediction_for_the_horizon_and_no_longer(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.label(label("early", timestamp=NOW - DAY), label("too early", timestamp=NOW - 3 * DAY))
    exporter.predict(prediction("other", timestamp=NOW))
    assert exporter.tick().one("ml_exporter_unmatched_labels") == 1
    exporter.predict(prediction("early", timestamp=NOW - 4 * DAY), prediction("too early", timestamp=NOW - 4 * DAY))
    assert exporter.tick().one("ml_labels_total") == 1


def test_labels_are_kept_while_any_feed_is_behind(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.label(label("early", timestamp=NOW - 3 * DAY))
    exporter.predict(prediction("other", timestamp=NOW))
    assert exporter.tick(predictions=FeedStatus(behind=True)).one("ml_exporter_unmatched_labels") == 1
    assert exporter.tick(predictions=FeedStatus(failing=True)).one("ml_exporter_unmatched_labels") == 1
    assert exporter.tick().one("ml_exporter_unmatched_labels") == 0


def test_what_expired_stays_expired_over_a_restart(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(prediction("old", timestamp=NOW - 3 * DAY), prediction("young", timestamp=NOW))
    exporter.tick()
    exporter.restart()
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_expired_predictions_total") == 1
    assert metrics.one("ml_pending_predictions") == 1


def test_predictions_of_a_model_that_is_configured_no_longer_expire_with_the_newest_event_of_all(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, TWO_MODELS)
    exporter.predict(prediction("a", model_name="churn", timestamp=NOW - DAY))
    exporter.restart(CONFIGURATION)
    exporter.predict(prediction("b", timestamp=NOW))
    assert exporter.tick().one("ml_exporter_expired_predictions_total") == 0
    exporter.at = NOW + 2 * DAY
    exporter.predict(prediction("c", timestamp=NOW + 2 * DAY))
    assert exporter.tick().one("ml_exporter_expired_predictions_total") == 1
    assert sum(exporter.ledger.pending().values()) == 2
