"""Rows that stand in columns, as databases and tables have them."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from ml_exporter.events import Predictions
from ml_exporter.feeds.decoding import ColumnEvents, Decoded
from tests.feeds.builders import NOW, context, decode, prediction, settings

MOMENT = dt.datetime.fromtimestamp(NOW - 60, dt.UTC)


def decoded(columns: dict[str, Sequence[Any]], **options: Any) -> Decoded:
    rows = len(next(iter(columns.values())))
    return ColumnEvents(settings(**options), context()).decode(columns, rows, "row {}".format)


def columns(*rows: dict[str, Any]) -> dict[str, list[Any]]:
    names = {name: None for row in rows for name in row}
    return {name: [row.get(name) for row in rows] for name in names}


def test_columns_mean_what_lines_of_the_same_events_mean() -> None:
    rows = [prediction("a", score=0.7, segment={"country": "DE"}), prediction("b", prediction=0), prediction("c")]
    of_columns, of_lines = decoded(columns(*rows)), decode(rows)
    assert isinstance(of_columns.events, Predictions)
    assert isinstance(of_lines.events, Predictions)
    assert of_columns.rejections == of_lines.rejections == ()
    np.testing.assert_array_equal(of_columns.events.payload, of_lines.events.payload)
    assert of_columns.events.prediction_id.tolist() == of_lines.events.prediction_id.tolist()
    assert of_columns.newest == of_lines.newest


def test_an_object_may_stand_in_a_column_for_each_of_its_keys() -> None:
    flat = {name: [value] for name, value in prediction("a").items()} | {"segment.country": ["DE"]}
    events = decoded(flat).events
    assert isinstance(events, Predictions)
    assert events.segments["country"].texts() == ["DE"]


@pytest.mark.parametrize(
    ("field", "given", "plainly"),
    [
        ("timestamp", MOMENT, NOW - 60),
        ("timestamp", MOMENT.replace(tzinfo=None), NOW - 60),
        ("timestamp", dt.date(2023, 11, 1), 1_698_796_800),
        ("timestamp", Decimal("1699999940.5"), 1_699_999_940.5),
        ("prediction_id", UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("prediction_id", Decimal(7), 7),
        ("prediction_id", b"seven", "seven"),
        ("score", Decimal("0.25"), 0.25),
    ],
)
def test_values_of_databases_mean_what_json_would_say(field: str, given: object, plainly: object) -> None:
    of_columns = decoded(columns(prediction("a") | {field: given})).events
    of_lines = decode([prediction("a") | {field: plainly}]).events
    assert isinstance(of_columns, Predictions)
    assert isinstance(of_lines, Predictions)
    assert of_columns.prediction_id.tolist() == of_lines.prediction_id.tolist()
    assert of_columns.timestamp.tolist() == of_lines.timestamp.tolist()
    np.testing.assert_array_equal(of_columns.payload, of_lines.payload)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")])
def test_a_score_that_is_no_finite_number_is_rejected(number: object) -> None:
    (rejection,) = decoded(columns(prediction("a", score=0.5), prediction("b", score=number))).rejections
    assert (rejection.reason, rejection.place) == ("bad_value", "row 1")
    assert '"prediction_id":"b"' in rejection.event


def test_a_column_that_is_taken_for_another_field_is_no_field_of_its_own() -> None:
    rows = [{"prediction_id": "a", "model_name": "fraud", "timestamp": NOW - 60, "prediction": 0.75}]
    options: dict[str, Any] = {"fields": {"score": "prediction"}}
    of_columns, of_lines = decoded(columns(*rows), **options).events, decode(rows, **options).events
    assert isinstance(of_columns, Predictions)
    assert isinstance(of_lines, Predictions)
    assert of_columns.payload.tolist() == of_lines.payload.tolist() == [[1, 0.75]]


def test_what_cannot_be_used_is_shown_whatever_its_type() -> None:
    (rejection,) = decoded(
        columns(prediction("a", timestamp=MOMENT + dt.timedelta(hours=3), score=UUID(int=1)))
    ).rejections
    assert rejection.reason == "bad_timestamp"
    assert "2023-11-15" in rejection.event
