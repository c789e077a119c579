"""Predictions of models that predict a number: the number, and its interval where the model gives one."""

from typing import Any

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.feeds.decoding import Decoded, JsonEvents
from tests.feeds.builders import context, line, prediction, settings

PRICES = ModelSettings(name="prices", task="regression")
NAN = float("nan")


def decode(*predictions: dict[str, Any]) -> Decoded:
    """Decode predictions of the model."""
    lines = [
        line(prediction(row, **({"model_name": "prices", "prediction": ...} | event))).rstrip()
        for row, event in enumerate(predictions)
    ]
    return JsonEvents(settings(), context(models=[PRICES])).decode(lines, "line {}".format)


def label(actual: object) -> Decoded:
    """Decode one label."""
    event = {"prediction_id": "a", "timestamp": 1.7e9 - 1, "actual": actual}
    return JsonEvents(settings("labels"), context(models=[PRICES])).decode([line(event).rstrip()], "line {}".format)


def test_a_number_and_its_interval_are_kept() -> None:
    found = decode({"prediction": 3}, {"prediction": -2.5, "lower": -4, "upper": -2.5}).events.payload
    np.testing.assert_array_equal(found, [[3, NAN, NAN], [-2.5, -4, -2.5]])


def test_a_prediction_may_lie_outside_its_interval() -> None:
    assert decode({"prediction": 9, "lower": 1, "upper": 2}).events.payload.tolist() == [[9, 1, 2]]


def test_a_failed_request_needs_no_number() -> None:
    np.testing.assert_array_equal(decode({"status": "timeout"}).events.payload, [[NAN, NAN, NAN]])


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "prediction is missing; write the number"),
        ({"prediction": None}, "prediction is missing; write the number"),
        ({"prediction": "3"}, "prediction '3' is no number"),
        ({"prediction": True}, "prediction True is no number"),
        ({"prediction": NAN}, "prediction nan is out of range"),
        ({"prediction": float("inf")}, "prediction inf is out of range"),
        ({"prediction": 1e71}, "write a finite number from -1e+70 to 1e+70"),
        ({"prediction": 10**400}, "is out of range"),
        ({"prediction": 1, "lower": 0}, "lower and upper come together"),
        ({"prediction": 1, "upper": 0}, "lower and upper come together"),
        ({"prediction": 1, "lower": 2, "upper": 1}, "lower 2 is above upper 1"),
        ({"prediction": 1, "lower": 2, "upper": float("inf")}, "upper inf is out of range"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(event: dict[str, Any], said: str) -> None:
    decoded = decode({"prediction": 1}, event, {"prediction": 2})
    assert decoded.events.payload[:, 0].tolist() == [1, 2]
    (rejection,) = decoded.rejections
    assert said in rejection.detail


@pytest.mark.parametrize("actual", [0, -1.5, 1e70, "12.5", 10**20])
def test_what_was_true_is_a_number(actual: object) -> None:
    events = label(actual).events
    truth = PRICES.definition.truth(events.actual, np.zeros((1, 3)))
    assert truth.tolist() == [[float(actual)]]


@pytest.mark.parametrize("actual", ["dear", 1e71, "nan", "inf", 10**400])
def test_what_was_true_must_be_a_number_that_sums_can_hold(actual: object) -> None:
    (rejection,) = label(actual).rejections
    assert "means nothing to the model prices; write a number from -1e+70 to 1e+70" in rejection.detail
