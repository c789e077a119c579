"""Rankings and their labels: lists of items, and what was relevant in one spelling."""

from typing import Any

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.events.tasks.ranking import item_number
from ml_exporter.feeds.decoding import Decoded, JsonEvents
from tests.feeds.builders import context, line, prediction, settings

FILMS = ModelSettings(name="films", task="ranking", k=[3])
LOOSE = ModelSettings(name="fraud", task="binary", positive_class="yes")
"""A binary model that takes any other class for the negative one."""

NAN = float("nan")


def decode(*predictions: dict[str, Any]) -> Decoded:
    """Decode predictions of the model."""
    lines = [
        line(prediction(row, **({"model_name": "films", "prediction": ...} | event))).rstrip()
        for row, event in enumerate(predictions)
    ]
    return JsonEvents(settings(), context(models=[FILMS])).decode(lines, "line {}".format)


def labels(*actual: object, **fields: object) -> Decoded:
    """Decode labels of a feed for both models."""
    lines = [
        line({"prediction_id": row, "timestamp": 1.7e9 - 1, "actual": value, **fields}).rstrip()
        for row, value in enumerate(actual)
    ]
    return JsonEvents(settings("labels"), context(models=[FILMS, LOOSE])).decode(lines, "line {}".format)


def test_the_first_items_are_kept_as_numbers() -> None:
    found = decode({"items": ["a", "b", "c", "d"]}, {"items": ["b"]}, {"items": []}).events.payload
    a, b, c = (item_number(item) for item in "abc")
    np.testing.assert_array_equal(found, [[a, b, c], [b, NAN, NAN], [NAN, NAN, NAN]])


def test_an_item_is_the_same_however_json_writes_it() -> None:
    found = decode({"items": [42]}, {"items": [42.0]}, {"items": ["42"]}).events.payload[:, 0]
    assert set(found.tolist()) == {item_number("42")}


def test_a_failed_request_needs_no_items() -> None:
    assert np.isnan(decode({"status": "timeout"}).events.payload).all()


def test_what_stands_behind_the_largest_k_is_not_looked_at() -> None:
    assert not decode({"items": ["a", "b", "c", None, "a"]}).rejections


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "items is missing; write the list"),
        ({"items": None}, "items is missing; write the list"),
        ({"items": "a"}, "items 'a' is no list"),
        ({"items": {"a": 1}}, "is no list"),
        ({"items": ["a", None]}, "items: None is no item"),
        ({"items": ["a", ""]}, "items: '' is no item"),
        ({"items": [True]}, "items: True is no item"),
        ({"items": [["a"]]}, "items: ['a'] is no item"),
        ({"items": [NAN]}, "items: nan is no item"),
        ({"items": ["a", "b", "a"]}, "items name 'a' twice"),
        ({"items": [1, "1"]}, "items name '1' twice"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(event: dict[str, Any], said: str) -> None:
    decoded = decode({"items": ["a"]}, event, {"items": ["b"]})
    assert decoded.events.payload[:, 0].tolist() == [item_number("a"), item_number("b")]
    (rejection,) = decoded.rejections
    assert said in rejection.detail


@pytest.mark.parametrize(
    ("actual", "spelled"),
    [
        ({"b": 2, "a": 0.5}, '{"a":0.5,"b":2}'),
        ({"b": 2.0, "a": 0.5, "c": 0}, '{"a":0.5,"b":2}'),
        (["b", "a"], '{"a":1,"b":1}'),
        (["a", "b", "a"], '{"a":1,"b":1}'),
        ([7, 7.0], '{"7":1}'),
        ({"a": True, "b": False}, '{"a":1}'),
        ({}, "{}"),
        ([], "{}"),
        ('{"a":1}', '{"a":1}'),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"model_name": "films"}])
def test_what_was_relevant_has_one_spelling(actual: object, spelled: str, fields: dict[str, str]) -> None:
    decoded = labels(actual, **fields)
    assert not decoded.rejections
    assert decoded.events.actual.texts() == [spelled]


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        ({"a": "1"}, "actual: '1' of 'a' is no relevance; write a number from 0 to 1e+06"),
        ({"a": -1}, "actual: -1 of 'a' is no relevance"),
        ({"a": NAN}, "actual: nan of 'a' is no relevance"),
        ({"a": None}, "actual: None of 'a' is no relevance"),
        ({"a": 10**400}, "of 'a' is no relevance"),
        ({"": 1}, "actual: '' is no item"),
        ([None], "actual: None is no item"),
        ([["a"]], "actual: ['a'] is no item"),
        ([str(number) for number in range(1001)], "actual names 1001 relevant items; write at most 1000"),
        ("a", "actual 'a' means nothing to the model films; write {\"item\": relevance, ...} or a list"),
        (None, "actual is missing"),
    ],
)
def test_a_label_of_no_use_is_refused_with_the_reason(actual: object, said: str) -> None:
    (rejection,) = labels(actual, model_name="films").rejections
    assert said in rejection.detail


def test_an_object_is_no_class_for_a_model_that_knows_classes() -> None:
    (rejection,) = labels({"a": 1}, model_name="fraud").rejections
    assert "is no class" in rejection.detail


def test_labels_of_both_kinds_may_share_a_batch() -> None:
    decoded = labels(["a"], "yes", {"b": 0.5})
    assert decoded.events.actual.texts() == ['{"a":1}', "yes", '{"b":0.5}']
