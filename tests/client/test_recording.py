"""What a service says reaches the exporter as it was said, and nothing that it says wrong breaks it."""

import logging
import math
import random
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from ml_exporter.client import Limits, Recorder
from ml_exporter.client.identifiers import Identifiers
from ml_exporter.clock import ManualClock
from tests.client.far_end import FarEnd, all_sent

Record = Callable[..., Recorder]


def test_every_field_arrives_as_it_was_given(record: Record, end: FarEnd) -> None:
    recorder = record(model_version="v3", clock=ManualClock(1_700_000_000.0))
    given: dict[str, Any] = {
        "prediction": 1,
        "score": 0.9,
        "scores": {"a": 0.25, "b": 0.75},
        "items": ["x", "y"],
        "lower": 1.5,
        "upper": 2.5,
        "segment": {"country": "DE"},
        "features": {"age": 31, "plan": "basic", "income": None},
        "latency_seconds": 0.25,
        "trace_id": "4bf92f3577b34da6",
        "status": "timeout",
        "timestamp": 1_600_000_000.5,
        "model_version": "v4",
        "model_name": "other",
    }
    assert recorder.prediction("p-1", **given) == "p-1"
    assert recorder.prediction(17, score=0.5) == "17"
    recorder.label("p-1", 1, value=9.5, timestamp=1_700_000_100.0, model_name="other")
    recorder.label("p-2", {"x": 3})
    all_sent(recorder)
    first, second = end.predictions
    assert first == {"prediction_id": "p-1", **given}
    assert second == {
        "prediction_id": "17",
        "model_name": "churn",
        "model_version": "v3",
        "timestamp": 1_700_000_000.0,
        "score": 0.5,
    }
    label = {"prediction_id": "p-1", "timestamp": 1_700_000_100.0, "actual": 1, "value": 9.5, "model_name": "other"}
    assert end.labels == [label, {"prediction_id": "p-2", "timestamp": 1_700_000_000.0, "actual": {"x": 3}}]
    assert {request.path for request in end.requests} == {"/api/v1/predictions", "/api/v1/labels"}
    assert recorder.statistics.recorded == recorder.statistics.accepted == 4


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        ({"score": np.float64(0.25)}, {"score": 0.25}),
        ({"score": np.float32(0.25)}, {"score": 0.25}),
        ({"score": np.array(0.25)}, {"score": 0.25}),
        ({"prediction": np.int64(3)}, {"prediction": 3}),
        ({"prediction": np.bool_(True)}, {"prediction": True}),
        ({"prediction": np.str_("yes")}, {"prediction": "yes"}),
        ({"prediction": Decimal("1.50")}, {"prediction": 1.50}),
        ({"items": np.array([3, 1])}, {"items": [3, 1]}),
        ({"items": ("b", "a")}, {"items": ["b", "a"]}),
        ({"scores": {np.str_("a"): np.float32(1)}}, {"scores": {"a": 1.0}}),
        ({"score": 1, "features": {"x": np.float64("nan")}}, {"score": 1, "features": {"x": None}}),
        ({"score": 1, "latency_seconds": np.float32(0.5)}, {"score": 1, "latency_seconds": 0.5}),
        ({"prediction_id": np.int64(7), "score": 1}, {"prediction_id": "7", "score": 1}),
        ({"prediction_id": uuid.UUID(int=1), "score": 1}, {"prediction_id": str(uuid.UUID(int=1)), "score": 1}),
        ({"score": 1, "timestamp": datetime(2024, 5, 1, tzinfo=UTC)}, {"score": 1, "timestamp": 1714521600.0}),
        (
            {"score": 1, "timestamp": datetime(2024, 5, 1, 2, tzinfo=timezone(timedelta(hours=2)))},
            {"score": 1, "timestamp": 1714521600.0},
        ),
    ],
    ids=str,
)
def test_values_of_numpy_and_of_the_standard_library_are_taken(
    record: Record, end: FarEnd, given: dict[str, Any], arrives: dict[str, Any]
) -> None:
    recorder = record()
    recorder.prediction(**given)
    all_sent(recorder)
    (event,) = end.predictions
    assert {name: event[name] for name in arrives} == arrives


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "there is no prediction"),
        ({"score": math.nan}, "score is not a finite number"),
        ({"prediction": np.float64("inf")}, "prediction is not a finite number"),
        ({"scores": {"a": math.nan}}, "scores is not a finite number"),
        pytest.param({"score": object()}, "a object cannot be written as JSON", id="an object"),
        ({"score": 1, "features": [1, 2]}, "features is a list; give a mapping"),
        ({"score": 1, "segment": "DE"}, "segment is a str; give a mapping"),
        ({"score": 1, "features": {"text": "\ud800"}}, "surrogates not allowed"),
        ({"score": 1, "timestamp": "yesterday"}, "timestamp is 'yesterday'; give seconds"),
        ({"score": 1, "timestamp": datetime(2024, 5, 1)}, "has no offset from UTC"),
        ({"score": 1, "timestamp": True}, "timestamp is True; give seconds"),
        ({"score": 1, "prediction_id": ""}, "prediction_id is empty"),
        ({"score": 1, "prediction_id": 1.5}, "prediction_id is 1.5; give a text or an integer"),
        ({"score": 1, "prediction_id": True}, "prediction_id is True; give a text or an integer"),
        ({"score": 1, "model_name": 5}, "model_name is 5; name the model"),
        ({"score": 1, "features": {"blob": "x" * 1024 * 1024}}, "the exporter takes 1048576 at most"),
    ],
    ids=str,
)
def test_what_is_no_event_is_counted_and_told_and_nothing_is_raised(
    record: Record, end: FarEnd, caplog: pytest.LogCaptureFixture, given: dict[str, Any], told: str
) -> None:
    recorder = record()
    assert isinstance(recorder.prediction(**given), str)
    recorder.prediction("good", score=0.5)
    all_sent(recorder)
    assert [event["prediction_id"] for event in end.predictions] == ["good"]
    assert recorder.statistics.invalid == 1
    assert recorder.statistics.recorded == 1
    assert told in caplog.text


def test_a_label_that_is_none_is_counted_and_told(record: Record, caplog: pytest.LogCaptureFixture) -> None:
    recorder = record()
    recorder.label("p-1", None)
    recorder.label("p-1", object())
    recorder.label(None, 1)  # type: ignore[arg-type] # that is the point
    assert recorder.statistics.invalid == 3
    assert "actual is None" in caplog.text


def test_a_failed_request_needs_no_prediction(record: Record, end: FarEnd) -> None:
    recorder = record()
    recorder.prediction(status="error", latency_seconds=0.5)
    all_sent(recorder)
    assert end.predictions[0]["status"] == "error"


def test_a_mapping_that_changes_after_the_call_was_captured_at_the_call(record: Record, end: FarEnd) -> None:
    recorder = record(limits=Limits(flush_every=60.0))
    features, items = {"amount": 10}, np.array([1, 2])
    recorder.prediction("p-1", items=items, features=features)
    features["amount"] = 99
    items[0] = 99
    all_sent(recorder)
    assert end.predictions[0]["features"] == {"amount": 10}
    assert end.predictions[0]["items"] == [1, 2]


def test_the_log_of_what_is_wrong_is_bounded(record: Record, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(1_700_000_000.0)
    recorder = record(clock=clock)
    for _ in range(1000):
        recorder.prediction(score="\ud800")
    assert len(caplog.records) == 5
    clock.advance(61)
    recorder.prediction(score="\ud800")
    assert "invalid prediction: 995 more in the minute before" in caplog.text
    assert recorder.statistics.invalid == 1001


def test_many_threads_record_and_every_event_arrives_once(record: Record, end: FarEnd) -> None:
    recorder = record(limits=Limits(flush_every=0.01, batch_events=100))

    def work(number: int) -> None:
        for event in range(500):
            recorder.prediction(f"{number}-{event}", score=0.5)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    all_sent(recorder)
    assert set(end.taken["predictions"]) == {f"{number}-{event}" for number in range(8) for event in range(500)}
    assert recorder.statistics.accepted == recorder.statistics.recorded == 4000
    assert recorder.statistics.duplicate == 0


def test_without_an_address_it_is_off_and_still_makes_ids(
    record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record()  # takes the address out of the environment
    with caplog.at_level(logging.INFO):
        recorder = Recorder(model_name="churn")
    assert "the recorder is off" in caplog.text
    assert len(recorder.prediction(score=0.5)) == 32
    recorder.label("p-1", 1)
    assert recorder.flush(0.0)
    assert recorder.statistics.recorded == 0
    monkeypatch.setenv("ML_EXPORTER_URL", "http://127.0.0.1:1")
    with Recorder(model_name="churn") as told:
        told.prediction(score=0.5)
        assert told.statistics.recorded == 1


@pytest.mark.parametrize("url", ["exporter:9877", "ftp://exporter", "http://", "http://u:p@exporter", "http://e/?x=1"])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|query"):
        Recorder(url)


@pytest.mark.parametrize("limits", [{"memory_events": 0}, {"flush_every": 0}, {"wait_for_room": -1}])
def test_limits_that_are_none_are_told_at_once(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="limits must be more than 0"):
        Limits(**limits)


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    chance = random.Random(7)
    identifiers = Identifiers(chance)
    made = [identifiers.make(1_700_000_000.0 + milliseconds / 1000) for milliseconds in range(1000)]
    parsed = [uuid.UUID(one) for one in made]
    assert {(one.version, one.variant) for one in parsed} == {(7, uuid.RFC_4122)}
    assert made == sorted(made)
    assert [one.int >> 80 for one in parsed[:2]] == [1_700_000_000_000, 1_700_000_000_001]
    assert len({Identifiers().make(0.0) for _ in range(1000)}) == 1000
