"""Predictions of models that decide between several classes: classes, scores of every class, or both."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.feeds.decoding import Decoded, JsonEvents
from tests.feeds.builders import context, line, prediction, settings

ANIMALS = ModelSettings(name="animals", task="multiclass", classes=["cat", "dog", "1"])
NAN = float("nan")


def decode(predictions: Sequence[dict[str, Any]]) -> Decoded:
    """Decode predictions of the model."""
    lines = [
        line(prediction(row, **({"model_name": "animals", "prediction": ...} | event))).rstrip()
        for row, event in enumerate(predictions)
    ]
    return JsonEvents(settings(), context(models=[ANIMALS])).decode(lines, "line {}".format)


def payload(*predictions: dict[str, Any]) -> list[list[float]]:
    """Return what is kept of predictions that are all sound: predicted class's code, then the scores."""
    decoded = decode(predictions)
    assert not decoded.rejections
    return decoded.events.payload.tolist()


def detail(**event: Any) -> str:
    """Return why a prediction is refused."""
    decoded = decode([event])
    assert len(decoded.events) == 0
    return decoded.rejections[0].detail


def test_a_class_alone_has_no_scores() -> None:
    np.testing.assert_array_equal(payload({"prediction": "dog"}), [[1, NAN, NAN, NAN]])


def test_scores_alone_predict_the_class_with_the_highest_one_and_of_equal_ones_the_first() -> None:
    found = payload(
        {"scores": {"cat": 0.2, "dog": 0.5, "1": 0.3}},
        {"scores": {"cat": 0.2, "dog": 0.4, "1": 0.4}},
    )
    assert found == [[1, 0.2, 0.5, 0.3], [1, 0.2, 0.4, 0.4]]


def test_where_both_are_given_the_prediction_decides_the_class() -> None:
    assert payload({"prediction": 1, "scores": {"cat": 0.2, "dog": 0.5, "1": 0.3}}) == [[2, 0.2, 0.5, 0.3]]


def test_a_class_is_spelled_in_every_way_that_json_may_write_it() -> None:
    found = payload({"prediction": "1"}, {"prediction": 1}, {"prediction": 1.0}, {"prediction": True})
    assert [row[0] for row in found] == [2, 2, 2, 2]


def test_a_class_that_the_scores_do_not_name_has_the_score_0() -> None:
    assert payload({"scores": {"dog": 1}}) == [[1, 0, 1, 0]]


def test_events_may_name_their_classes_in_different_orders() -> None:
    found = payload(
        {"scores": {"cat": 0.7, "dog": 0.2, "1": 0.1}},
        {"scores": {"1": 0.1, "dog": 0.2, "cat": 0.7}},
        {"prediction": "cat"},
        {"scores": {"cat": 0.7, "dog": 0.2, "1": 0.1}},
    )
    np.testing.assert_array_equal(
        found, [[0, 0.7, 0.2, 0.1], [0, 0.7, 0.2, 0.1], [0, NAN, NAN, NAN], [0, 0.7, 0.2, 0.1]]
    )


def test_scores_may_be_rounded() -> None:
    assert payload({"scores": {"cat": 0.333, "dog": 0.333, "1": 0.333}}) == [[0, 0.333, 0.333, 0.333]]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "prediction and scores are both missing"),
        ({"prediction": None, "scores": None}, "prediction and scores are both missing"),
        ({"prediction": "cow"}, "prediction 'cow' is no class of the model; write one of 'cat', 'dog', '1'"),
        ({"scores": {"cow": 1.0}}, "scores name 'cow', which is no class of the model"),
        ({"scores": [0.2, 0.8]}, "is no object"),
        ({"scores": {}}, "scores add up to 0"),
        ({"scores": {"cat": 0.5, "dog": 0.4, "1": 0.0}}, "scores add up to 0.9"),
        ({"scores": {"cat": 1.5, "dog": -0.5, "1": 0.0}}, "1.5 of 'cat' is no score"),
        ({"scores": {"cat": NAN, "dog": 0.5, "1": 0.5}}, "nan of 'cat' is no score"),
        ({"scores": {"cat": float("inf"), "dog": 0.5, "1": 0.5}}, "inf of 'cat' is no score"),
        ({"scores": {"cat": 10**400, "dog": 0.5, "1": 0.5}}, "of 'cat' is no score"),
        ({"scores": {"cat": "0.5", "dog": 0.5, "1": 0.0}}, "'0.5' of 'cat' is no score"),
        ({"scores": {"cat": True, "dog": 0.0, "1": 0.0}}, "True of 'cat' is no score"),
        ({"scores": {"cat": None, "dog": 0.5, "1": 0.5}}, "None of 'cat' is no score"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(event: dict[str, Any], said: str) -> None:
    assert said in detail(**event)


def test_an_odd_event_takes_nothing_from_those_around_it() -> None:
    sound = {"scores": {"cat": 0.7, "dog": 0.2, "1": 0.1}}
    decoded = decode([sound, {"scores": {"cat": 9.0, "dog": 0.2, "1": 0.1}}, sound, {"scores": {"cat": "x"}}, sound])
    assert decoded.events.payload.tolist() == [[0, 0.7, 0.2, 0.1]] * 3
    assert [rejection.place for rejection in decoded.rejections] == ["line 1", "line 3"]


def test_a_failed_request_needs_neither_class_nor_scores() -> None:
    found = decode([{"status": "timeout"}, {"scores": {"dog": 1}}]).events.payload
    np.testing.assert_array_equal(found, [[NAN, NAN, NAN, NAN], [1, 0, 1, 0]])


def test_a_label_must_name_a_class_of_the_model() -> None:
    events = [{"prediction_id": "a", "timestamp": 1.7e9 - 1, "actual": actual} for actual in ("cat", 1.0, "cow")]
    decoded = JsonEvents(settings("labels"), context(models=[ANIMALS])).decode(
        [line(event).rstrip() for event in events], "line {}".format
    )
    assert decoded.events.actual.texts() == ["cat", "1"]
    assert "actual 'cow' means nothing to the model animals; write one of" in decoded.rejections[0].detail
