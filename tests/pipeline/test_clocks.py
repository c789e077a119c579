"""Event times decide where an event counts; the time of looking decides where a window ends."""

from pathlib import Path

import pytest

from ml_exporter.pipeline import FeedStatus
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

FRAUD = {"name": "fraud", "task": "binary", "objectives": {"accuracy": {"threshold": 0.9, "minimum_outcomes": 3}}}
HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(("window_by", "recent", "day"), [("label", 2, 2), ("prediction", 1, 2)])
def test_outcomes_are_dated_by_label_or_by_prediction_as_configured(
    window_by: str, recent: int, day: int, tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, monitoring(window_by=window_by))
    exporter.predict(prediction("new"), prediction("old", timestamp=NOW - 7200))
    exporter.label(label("new"), label("old"))
    exporter.restart()
    metrics = exporter.tick()
    assert metrics.one("ml_window_outcomes", window="1h") == recent
    assert metrics.one("ml_window_outcomes", window="24h") == day
    assert metrics.one("ml_labels_total") == 2


def test_coverage_is_of_the_predictions_made_in_the_window_whatever_dates_outcomes(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path)
    exporter.predict(
        prediction("a"), prediction("b"), prediction("c", timestamp=NOW - 7200), prediction("d", timestamp=NOW - 7200)
    )
    exporter.label(label("a"), label("c"), label("d"))
    metrics = exporter.tick()
    assert metrics.one("ml_label_coverage_ratio", window="1h") == 0.5
    assert metrics.one("ml_label_coverage_ratio", window="24h") == 0.75


def test_coverage_by_age_tells_how_long_labels_take(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(windows=["1h", "24h"]))
    for age, count, late in ((HOUR, 4, 3), (DAY, 10, 1)):
        names = [f"{age}-{number}" for number in range(count)]
        exporter.predict(*(prediction(name, timestamp=NOW - 1.1 * age) for name in names))
        exporter.label(*map(label, names[late:]))
    exporter.predict(prediction("fresh"), prediction("of no age", timestamp=NOW - 5 * HOUR))
    metrics = exporter.tick()
    assert metrics.one("ml_label_coverage_by_age_ratio", age="1h") == 0.25
    assert metrics.one("ml_label_coverage_by_age_ratio", age="24h") == 0.9
    exporter.at = NOW + HOUR / 2
    later = exporter.tick()
    assert later.all("ml_label_coverage_by_age_ratio", age="1h") == {}, "nothing was predicted then"
    assert later.one("ml_label_coverage_by_age_ratio", age="24h") == 0.9


def test_a_backlog_of_last_month_fills_counters_and_long_windows_but_not_the_gauge_of_now(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, monitoring(windows=["1h", "30d"]))
    exporter.predict(prediction("a", timestamp=NOW - 20 * DAY))
    exporter.label(label("a", timestamp=NOW - 19 * DAY))
    metrics = exporter.tick(predictions=FeedStatus(behind=True))
    assert metrics.one("ml_labels_total") == 1
    assert metrics.one("ml_window_outcomes", window="30d") == 1
    assert metrics.one("ml_window_outcomes", window="1h") == 0
    assert not metrics.all("ml_accuracy_ratio", window="1h")
    assert metrics.one("ml_catching_up", model_name="fraud") == 1


def test_a_model_is_catching_up_only_while_a_feed_of_its_own_is_behind(tmp_path: Path, start: Start) -> None:
    configuration = monitoring({"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"})
    feeds = [configuration.feeds[0], configuration.feeds[1].model_copy(update={"models": ["churn"]})]
    exporter = start(tmp_path, configuration.model_copy(update={"feeds": feeds}))
    metrics = exporter.tick(labels=FeedStatus(behind=True))
    assert metrics.one("ml_catching_up", model_name="churn") == 1
    assert metrics.one("ml_catching_up", model_name="fraud") == 0
    assert sum(exporter.tick(labels=FeedStatus(failing=True)).all("ml_catching_up").values()) == 0


def test_outcomes_that_come_after_their_bucket_was_closed_are_late_and_still_count(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path)
    exporter.predict(prediction("a"), prediction("b"), prediction("c"))
    exporter.tick()
    exporter.label(label("a", timestamp=NOW - 600), label("b", timestamp=NOW - 1))
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_late_outcomes_total") == 1
    assert metrics.one("ml_window_outcomes", window="1h") == 2
    exporter.restart()
    exporter.label(label("c", timestamp=NOW - 599))
    assert exporter.tick().one("ml_exporter_late_outcomes_total") == 2


def test_an_event_slightly_ahead_of_the_clock_counts_in_the_window_once_its_bucket_has_begun(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path)
    exporter.predict(prediction("a", timestamp=NOW + 200))
    exporter.label(label("a", timestamp=NOW + 250))
    assert exporter.tick().one("ml_window_outcomes", window="1h") == 0
    exporter.at = NOW + 240
    assert exporter.tick().one("ml_window_outcomes", window="1h") == 1


def test_a_clock_that_was_ahead_and_is_set_back_loses_nothing(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path)
    exporter.predict(prediction("a"), prediction("b"))
    exporter.label(label("a"))
    before = exporter.tick()
    exporter.at = NOW + 20 * DAY
    assert exporter.tick().one("ml_window_outcomes", window="24h") == 0
    exporter.at = NOW
    exporter.label(label("b"))
    metrics = exporter.tick()
    assert metrics.one("ml_labels_total") == 2
    assert metrics.one("ml_window_outcomes", window="24h") == before.one("ml_window_outcomes", window="24h") + 1


def test_a_label_outage_neither_resolves_nor_raises_a_breach(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(FRAUD))
    for number in range(40):
        exporter.predict(prediction(str(number)))
    exporter.label(*(label(str(number), int(number < 5)) for number in range(40)))
    assert exporter.tick().one("ml_objective_breached", metric="accuracy") == 1
    for hours in (2, 50, 500):
        exporter.at = NOW + hours * 3600
        exporter.predict(prediction(f"at-{hours}", timestamp=exporter.at))
        exporter.restart()
        metrics = exporter.tick(labels=FeedStatus(failing=True))
        assert not metrics.all("ml_accuracy_ratio", window="1h")
        assert metrics.one("ml_objective_breached", metric="accuracy") == 1
    exporter.label(*(label(str(number), 1, timestamp=exporter.at) for number in range(40, 60)))
    exporter.predict(*(prediction(str(number), timestamp=exporter.at) for number in range(40, 60)))
    assert exporter.tick().one("ml_objective_breached", metric="accuracy") == 0
