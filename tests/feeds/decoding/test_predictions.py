"""Predictions: what is accepted and as what, what is rejected and why."""

import math
from typing import Any

import numpy as np
import pytest

from ml_exporter.events import Predictions
from tests.feeds.builders import decode, ids, prediction, refused


def decoded(*events: object, **options: Any) -> Predictions:
    result = decode(events, **options)
    assert result.rejections == ()
    assert isinstance(result.events, Predictions)
    return result.events


def test_ids_are_texts_and_integers_become_decimal_text() -> None:
    assert ids(decoded(prediction("a"), prediction(7), prediction(-(2**70)))) == ["a", "7", str(-(2**70))]
    assert ids(decoded(prediction(7))) == ["7"]


@pytest.mark.parametrize("identifier", ["", True, 1.0, ["a"], {}])
def test_an_id_that_is_none_is_a_bad_value(identifier: object) -> None:
    assert refused(prediction(identifier)).reason == "bad_value"


@pytest.mark.parametrize("identifier", [..., None])
def test_a_prediction_without_an_id_misses_a_field(identifier: object) -> None:
    assert refused(prediction(identifier)).reason == "missing_field"


def test_a_failed_request_needs_neither_id_nor_prediction() -> None:
    events = decoded(prediction(..., prediction=..., status="timeout"), prediction("", prediction=None, status="error"))
    assert ids(events) == ["", ""]
    assert events.status.texts() == ["timeout", "error"]
    assert np.isnan(events.payload).all()


@pytest.mark.parametrize("status", [..., None, "", "success"])
def test_a_request_succeeded_unless_it_says_otherwise(status: object) -> None:
    assert decoded(prediction(status=status)).status.texts() == ["success"]


def test_a_status_has_at_most_64_characters() -> None:
    assert decoded(prediction(status="x" * 64)).status.texts() == ["x" * 64]
    assert "longer than 64 characters" in refused(prediction(status="x" * 65)).detail
    assert refused(prediction(status=False)).reason == "bad_value"


def test_the_prediction_decides_the_class_and_the_score_stays() -> None:
    events = decoded(prediction(prediction=0, score=0.9), prediction(prediction=..., score=0.5), prediction(score=None))
    np.testing.assert_array_equal(events.payload, [[0, 0.9], [1, 0.5], [1, math.nan]])


@pytest.mark.parametrize("value", [1, 1.0, True, "1"])
def test_a_class_means_the_same_in_every_spelling(value: object) -> None:
    assert decoded(prediction(prediction=value)).payload[0, 0] == 1


def test_classes_of_all_spellings_may_stand_in_one_batch() -> None:
    values = [1, 1.0, True, "1", 0, 0.0, False, "0", -0.0]
    assert decoded(*[prediction(prediction=value) for value in values]).payload[:, 0].tolist() == [1] * 4 + [0] * 5


def test_each_row_has_the_classes_of_its_own_model() -> None:
    events = decoded(
        prediction(prediction=1), prediction(prediction="left", model_name="churn"), prediction(prediction=0)
    )
    assert events.payload[:, 0].tolist() == [1, 1, 0]
    assert "'stayed' or 'left'" in refused(prediction(prediction=1, model_name="churn")).detail


@pytest.mark.parametrize("value", [2, "yes", "", [1], float("nan"), float("inf")])
def test_a_prediction_that_is_no_class_of_its_model_is_a_bad_value(value: object) -> None:
    assert refused(prediction(prediction=value)).reason == "bad_value"


def test_the_classes_of_the_model_are_told() -> None:
    assert refused(prediction(prediction=2)).detail == "prediction '2' is no class of the model; write '0' or '1'"


@pytest.mark.parametrize(
    "score", [-0.1, 1.1, "0.5", True, [], float("nan"), float("inf"), float("-inf"), pytest.param(10**400, id="huge")]
)
def test_a_score_that_is_no_probability_is_a_bad_value(score: object) -> None:
    assert refused(prediction(score=score)).reason == "bad_value"
    assert refused(prediction(prediction=..., score=score)).reason == "bad_value"


def test_a_success_needs_a_prediction_or_a_score() -> None:
    assert refused(prediction(prediction=...)).reason == "missing_field"
    assert refused(prediction(prediction=None, score=None)).reason == "missing_field"


def test_a_latency_may_be_absent_but_not_negative() -> None:
    latency = decoded(prediction(latency_seconds=0.5), prediction(latency_seconds=None), prediction()).latency
    np.testing.assert_array_equal(latency, [0.5, math.nan, math.nan])
    for value in (-1, float("nan"), float("inf"), "fast", True):
        assert refused(prediction(latency_seconds=value)).reason == "bad_value"


def test_a_version_that_is_not_named_is_the_default_or_unversioned() -> None:
    assert decoded(prediction(), prediction(model_version="")).version.texts() == ["unversioned"] * 2
    assert decoded(prediction(), defaults={"model_version": "v7"}).version.texts() == ["v7"]
    assert decoded(prediction(model_version=2), prediction(model_version=2.0)).version.texts() == ["2", "2"]
    assert refused(prediction(model_version=True)).reason == "bad_value"
    assert refused(prediction(model_version="v" * 257)).reason == "bad_value"


def test_a_true_version_beside_a_1_is_still_a_bad_value() -> None:
    """True equals 1 in Python: the one must not pass for the other."""
    result = decode([prediction("a", model_version=1), prediction("b", model_version=True)])
    assert ids(result.events) == ["a"]
    assert [rejection.reason for rejection in result.rejections] == ["bad_value"]


def test_a_model_that_is_not_named_is_the_default_or_missing() -> None:
    assert decoded(prediction(model_name=...), defaults={"model_name": "fraud"}).model.texts() == ["fraud"]
    assert refused(prediction(model_name=...)).reason == "missing_field"
    assert refused(prediction(model_name="")).reason == "missing_field"
    assert refused(prediction(model_name=True)).reason == "bad_value"


def test_a_batch_in_which_no_event_names_its_model_is_rejected_event_by_event() -> None:
    result = decode([prediction("a", model_name=...), prediction("b", model_name=..., prediction="odd")])
    assert [rejection.reason for rejection in result.rejections] == ["missing_field", "missing_field"]


def test_a_model_that_is_not_of_this_feed_is_unknown() -> None:
    rejection = refused(prediction(model_name="spam"))
    assert rejection.reason == "unknown_model"
    assert "'spam' is none of this feed's; add it under models" in rejection.detail


def test_segments_are_those_of_the_events_model() -> None:
    events = decoded(
        prediction(segment={"country": "DE", "age": 3}),
        prediction(segment={"country": True}),
        prediction(model_name="churn", prediction="left", segment={"country": "FR"}),
    )
    assert {key: column.texts() for key, column in events.segments.items()} == {"country": ["DE", "1", None]}


@pytest.mark.parametrize("segment", [..., None, "", {}, {"country": None}, {"country": ""}, {"country": ["DE"]}])
def test_a_segment_value_that_is_none_is_missing(segment: object) -> None:
    assert decoded(prediction(segment=segment)).segments["country"].texts() == ["__missing__"]


def test_a_segment_that_is_not_finite_is_missing() -> None:
    assert decoded(prediction(segment={"country": float("nan")})).segments["country"].texts() == ["__missing__"]


def test_a_long_segment_value_is_cut() -> None:
    assert decoded(prediction(segment={"country": "x" * 200})).segments["country"].texts() == ["x" * 128]


def test_a_segment_that_is_no_object_is_a_bad_value_only_where_the_model_is_sliced() -> None:
    other = prediction("b", model_name="churn", prediction="left", segment="DE")
    result = decode([prediction("a", segment="DE"), other])
    assert [rejection.reason for rejection in result.rejections] == ["bad_value"]
    assert ids(result.events) == ["b"]


def test_columns_may_have_other_names() -> None:
    event = {"id": "a", "model": "fraud", "ts": 1_600_000_000, "p": 1, "prediction_id": "not this one"}
    names = {"prediction_id": "id", "model_name": "model", "timestamp": "ts", "prediction": "p"}
    assert ids(decoded(event, fields=names)) == ["a"]


def test_a_column_that_another_field_takes_is_no_field_of_its_own() -> None:
    events = decoded(prediction(prediction=0.9), fields={"score": "prediction"})
    np.testing.assert_array_equal(events.payload, [[1, 0.9]])


def test_keys_that_are_nobodys_are_ignored() -> None:
    assert ids(decoded(prediction("a", features={"age": [1, {}]}, x=None))) == ["a"]


def test_the_first_thing_that_is_wrong_is_told_once() -> None:
    result = decode([prediction(timestamp="x", score=7, prediction="odd", model_name="spam")])
    assert len(result.rejections) == 1


def test_no_events_are_columns_of_length_0() -> None:
    events = decoded()
    assert len(events) == 0
    assert len(events.payload) == 0
