"""The number of time series is bounded: what is beyond a limit shares ``__other__``, and a replay agrees."""

from pathlib import Path

import pytest

from ml_exporter.ledger import StoreError
from ml_exporter.tallies import budget
from tests.pipeline.in_process import NOW, InProcess, Start, label, monitoring, prediction
from tests.scraped import Scraped

DAY = 86400.0


def sliced(**options: object) -> dict[str, object]:
    """Return a model that is sliced by country."""
    return {"name": "fraud", "task": "binary", "segments": ["country"], **options}


def outcomes_by_country(metrics: Scraped) -> dict[str, float]:
    """Return the outcomes of each slice in the shortest window."""
    return {
        dict(labels)["segment_value"]: value
        for (_, labels), value in metrics.all("ml_segment_window_outcomes", window="1h").items()
    }


def judge(exporter: InProcess, *countries: str) -> None:
    """Bring a labelled prediction of each country."""
    first = sum(exporter.done.values()) * 1000
    exporter.predict(
        *(prediction(str(first + number), segment={"country": name}) for number, name in enumerate(countries))
    )
    exporter.label(*(label(str(first + number)) for number in range(len(countries))))


def test_segment_values_beyond_their_limit_share_other_and_are_counted(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(sliced(max_segment_values=2)))
    judge(exporter, "DE", "FR", "IT", "ES", "DE", "IT")
    metrics = exporter.tick()
    assert outcomes_by_country(metrics) == {"DE": 2, "FR": 1, "__other__": 3}
    assert metrics.one("ml_window_outcomes", window="1h") == 6
    assert metrics.one("ml_exporter_series_folded") == 2
    assert metrics.one("ml_exporter_series") == 4


def test_which_values_have_a_slice_of_their_own_survives_a_restart_and_a_replay(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(sliced(max_segment_values=2)))
    judge(exporter, "DE", "FR", "IT")
    once = exporter.tick()
    exporter.restart()
    again = exporter.tick()
    assert outcomes_by_country(again) == outcomes_by_country(once)
    assert again.one("ml_exporter_series_folded") == once.one("ml_exporter_series_folded") == 1
    judge(exporter, "IT", "ES", "DE")
    assert outcomes_by_country(exporter.tick()) == {"DE": 2, "FR": 1, "__other__": 3}


def test_an_undone_batch_takes_its_slices_back(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(sliced(max_segment_values=2)))
    judge(exporter, "DE")
    exporter.database.execute("PRAGMA query_only=1")
    with pytest.raises(StoreError, match="readonly"):
        judge(exporter, "XX", "YY", "ZZ")
    exporter.database.execute("PRAGMA query_only=0")
    judge(exporter, "FR", "IT")
    metrics = exporter.tick()
    assert outcomes_by_country(metrics) == {"DE": 1, "FR": 1, "__other__": 1}
    assert metrics.one("ml_exporter_series_folded") == 1


def test_slices_stop_where_the_models_time_series_are_used_up(tmp_path: Path, start: Start) -> None:
    price = budget(monitoring(sliced()).models[0], monitoring(sliced()))
    exporter = start(tmp_path, monitoring(sliced(max_timeseries=price.version + 3 * price.slice)))
    judge(exporter, "A", "B", "C", "D", "E")
    assert outcomes_by_country(exporter.tick()) == {"A": 1, "B": 1, "C": 1, "__other__": 2}


def test_versions_beyond_the_models_time_series_share_other(tmp_path: Path, start: Start) -> None:
    price = budget(monitoring().models[0], monitoring())
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "max_timeseries": 2 * price.version}))
    exporter.predict(*(prediction("a", model_version=f"v{number}") for number in range(5)))
    exporter.predict(prediction("b", model_version="v1"))
    metrics = exporter.tick()
    assert {value for (_, _), value in metrics.all("ml_predictions_total").items()} == {1, 2}
    assert metrics.one("ml_predictions_total", model_version="__other__") == 1
    assert metrics.one("ml_exporter_series_folded") == 3


def test_ids_of_versions_that_share_other_are_one_versions_ids(tmp_path: Path, start: Start) -> None:
    price = budget(monitoring().models[0], monitoring())
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "max_timeseries": price.version}))
    exporter.predict(*(prediction(f"id-{number}", model_version=f"v{number}") for number in range(3)))
    assert exporter.tick().one("ml_predictions_total", model_version="__other__") == 2


def test_a_version_without_events_for_long_is_retired_and_comes_back_with_its_counters(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "retire_after": "7d"}))
    exporter.predict(prediction("a"), prediction("b"))
    exporter.label(label("a"))
    exporter.at = NOW + 7 * DAY - 60
    assert exporter.tick().one("ml_predictions_total", model_version="v1") == 2
    exporter.at = NOW + 8 * DAY
    assert not exporter.tick().all("ml_predictions_total")
    exporter.restart()
    exporter.predict(prediction("c", timestamp=exporter.at))
    metrics = exporter.tick()
    assert metrics.one("ml_predictions_total", model_version="v1") == 3
    assert metrics.one("ml_labels_total", model_version="v1") == 1


def test_a_late_label_keeps_a_version_from_being_retired(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "retire_after": "7d"}))
    exporter.predict(prediction("a"))
    exporter.at = NOW + 8 * DAY
    exporter.label(label("a", timestamp=exporter.at - 60))
    assert exporter.tick().one("ml_window_outcomes", window="1h") == 1


def test_retired_versions_make_room_for_new_ones(tmp_path: Path, start: Start) -> None:
    price = budget(monitoring().models[0], monitoring())
    exporter = start(
        tmp_path,
        monitoring({"name": "fraud", "task": "binary", "max_timeseries": 2 * price.version, "retire_after": "2d"}),
    )
    for day in range(6):
        exporter.at = NOW + 2 * day * DAY
        exporter.tick()
        exporter.predict(prediction("a", model_version=f"day-{day}", timestamp=exporter.at))
    metrics = exporter.tick()
    versions = {dict(labels)["model_version"] for _, labels in metrics.all("ml_predictions_total")}
    assert versions == {"day-4", "day-5"}
    assert metrics.one("ml_exporter_series_folded") == 0


def test_statuses_beyond_their_limit_share_other_which_a_user_may_send_too(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path)
    names = ["__other__", *(f"error-{number}" for number in range(40))]
    exporter.predict(*(prediction(name, status=name, prediction=None) for name in names))
    metrics = exporter.tick()
    requests = metrics.all("ml_prediction_requests_total")
    assert len(requests) == 32
    assert sum(requests.values()) == 41
    assert metrics.one("ml_prediction_requests_total", status="__other__") == 11


def test_names_in_events_that_are_rejected_take_no_place(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path)
    for number in range(40):
        exporter.predict(
            prediction("a", model_name=f"unknown-{number}"),
            prediction("b", status=f"odd-{number}", timestamp="never"),
            prediction(str(number)),
        )
    exporter.predict(prediction("late", status="timeout", prediction=None))
    metrics = exporter.tick()
    assert metrics.one("ml_prediction_requests_total", status="timeout") == 1
    assert exporter.engine._state.models == ["fraud"]
    assert metrics.one("ml_exporter_feed_rejected_total", feed="predictions", reason="unknown_model") == 40
