"""Cells of CSV: texts stay as they are, and numbers are numbers."""

import math
from typing import Any

import polars as pl
import pytest

from ml_exporter.events import Predictions
from ml_exporter.feeds.decoding import CsvEvents, Decoded
from ml_exporter.feeds.decoding.cells import cell_values, field_of
from tests.feeds.builders import NOW, context, decode, ids, prediction, settings


@pytest.mark.parametrize(
    ("field", "cells", "values"),
    [
        ("prediction_id", ["007", "1.0", "", "a"], ["007", "1.0", None, "a"]),
        ("model_version", ["1.10"], ["1.10"]),
        ("segment", ["01", "true"], ["01", "true"]),
        ("score", ["0.5", "", "1", "007"], [0.5, None, 1.0, 7.0]),
        ("score", ["0.5", "high"], [0.5, "high"]),
        ("timestamp", ["2024-05-01T12:00:00Z", "1714564800"], ["2024-05-01T12:00:00Z", 1714564800.0]),
        ("prediction", ["1", "", "0"], [1, None, 0]),
        ("prediction", ["1.0", "True", "FALSE", "cat", "007", "-1.5e3"], [1.0, True, False, "cat", "007", -1500.0]),
        ("prediction", ["123456789012345678", "12345678901234567890"], [123456789012345678, 12345678901234567890.0]),
        ("features", ["1", "x", ""], [1, "x", None]),
        ("items", ['["a", 7]', ""], [["a", 7], None]),
        ("actual", ['{"a": 0.5}', "[oops"], [{"a": 0.5}, "[oops"]),
    ],
)
def test_cells_mean(field: str, cells: list[str], values: list[Any]) -> None:
    read = list(cell_values(pl.Series(cells), field))
    assert read == values
    assert list(map(type, read)) == list(map(type, values))


def test_nan_is_no_number_and_no_text() -> None:
    (value,) = cell_values(pl.Series(["NaN"]), "features")
    assert math.isnan(value)


def test_a_column_belongs_to_the_field_that_it_is_taken_for() -> None:
    theirs = {"prediction_id": "key", "segment": "where"}
    fields = [field_of(column, theirs) for column in ("key", "where.country", "features.age", "score")]
    assert fields == ["prediction_id", "segment", "features", "score"]


def decoded(text: str, **options: Any) -> Decoded:
    header, _, body = text.partition("\n")
    events = CsvEvents(settings(**options), context(), ",")
    rows = body.splitlines()
    return events.decode(header.split(","), body.encode(), len(rows), "row {}".format, lambda row: rows[row].encode())


def test_rows_mean_what_lines_of_the_same_events_mean() -> None:
    rows = [prediction("007", score=0.7, segment={"country": "DE"}), prediction("b", prediction=0, score=0.25)]
    of_rows = decoded(
        "prediction_id,model_name,timestamp,prediction,score,segment.country,other\n"
        f"007,fraud,{NOW - 60},1,0.7,DE,x\nb,fraud,{NOW - 60},0.0,0.25,,\n"
    )
    of_lines = decode(rows)
    assert isinstance(of_rows.events, Predictions)
    assert isinstance(of_lines.events, Predictions)
    assert of_rows.rejections == of_lines.rejections == ()
    assert ids(of_rows.events) == ["007", "b"]
    assert of_rows.events.payload.tolist() == of_lines.events.payload.tolist()
    assert of_rows.events.segments["country"].texts() == of_lines.events.segments["country"].texts()


def test_a_row_that_cannot_be_used_is_shown() -> None:
    (rejection,) = decoded(f"prediction_id,model_name,timestamp,score\na,fraud,{NOW - 60},high\n").rejections
    assert (rejection.reason, rejection.place) == ("bad_value", "row 0")
    assert "score 'high' is no number" in rejection.detail
    assert rejection.event == f"a,fraud,{NOW - 60},high"
