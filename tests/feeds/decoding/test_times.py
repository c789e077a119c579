"""Timestamps of events."""

import pytest

from tests.feeds.builders import NOW, decode, line, prediction, refused


def at(value: object) -> float:
    return float(decode([prediction(timestamp=value)]).events.timestamp[0])


@pytest.mark.parametrize(
    "value",
    [
        1_600_000_000,
        1_600_000_000.0,
        "1600000000",
        "1.6e9",
        "2020-09-13T12:26:40Z",
        "2020-09-13t12:26:40z",
        "2020-09-13 14:26:40+02:00",
        "2020-09-13T12:26:40.000000000Z",
        "20200913T122640Z",
        " 2020-09-13T12:26:40Z ",
    ],
)
def test_epoch_seconds_and_rfc_3339_mean_the_same_moment(value: object) -> None:
    assert at(value) == 1_600_000_000


def test_fractions_of_a_second_are_kept() -> None:
    assert at("2020-09-13T12:26:40.25Z") == 1_600_000_000.25


def test_times_of_every_form_may_stand_in_one_batch() -> None:
    values = [1_600_000_000, "1600000000", "2020-09-13T12:26:40Z"]
    decoded = decode([prediction(str(row), timestamp=value) for row, value in enumerate(values)])
    assert decoded.events.timestamp.tolist() == [1_600_000_000.0] * 3


def test_an_event_may_be_five_minutes_ahead_but_no_more() -> None:
    assert at(NOW + 300) == NOW + 300
    assert refused(prediction(timestamp=NOW + 301)).reason == "bad_timestamp"


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (True, "True is no time; write seconds since the epoch"),
        ([1], "is no time"),
        ("yesterday", "'yesterday' is no time"),
        ("2020-09-13T12:26:40", "has no offset from UTC; write a Z"),
        ("2020-09-13", "has no offset from UTC"),
        (0, "at or before the epoch"),
        (-1, "at or before the epoch"),
        ("nan", "no finite number"),
        ("inf", "no finite number"),
        pytest.param(10**400, "no finite number", id="huge"),
        pytest.param(-(10**400), "no finite number", id="huge below zero"),
        (float("nan"), "no finite number"),
        (NOW * 1000, "count milliseconds"),
        (NOW + 7200, "7200 s ahead of the clock"),
    ],
)
def test_a_time_that_cannot_be_is_told_with_its_remedy(value: object, detail: str) -> None:
    rejection = refused(prediction(timestamp=value))
    assert rejection.reason == "bad_timestamp"
    assert detail in rejection.detail


@pytest.mark.parametrize("value", [..., None, ""])
def test_an_event_without_a_time_misses_a_field(value: object) -> None:
    assert refused(prediction(timestamp=value)).reason == "missing_field"


def test_one_bad_time_does_not_spoil_the_others() -> None:
    decoded = decode(
        [line(prediction(row, timestamp=value)) for row, value in enumerate(["x", "2020-09-13T12:26:40Z"])]
    )
    assert decoded.events.prediction_id.tolist() == ["1"]
    assert decoded.newest == 1_600_000_000
