"""Labels: what is accepted and as what, what is rejected and why."""

from typing import Any

import pytest

from ml_exporter.events import Labels
from tests.feeds.builders import decode, ids, label, refused


def decoded(*events: object, **options: Any) -> Labels:
    result = decode(events, "labels", **options)
    assert result.rejections == ()
    assert isinstance(result.events, Labels)
    return result.events


def test_a_label_that_names_no_model_judges_the_only_one_of_its_feed() -> None:
    assert decoded(label(), models=["fraud"]).model.texts() == ["fraud"]
    assert decoded(label(), models=["churn", "fraud"]).model.texts() == [None]
    by_default = decoded(label(actual="left"), models=["fraud"], defaults={"model_name": "churn"})
    assert by_default.model.texts() == ["churn"]


def test_a_label_without_a_model_judges_all_that_have_its_id() -> None:
    labels = decoded(label("a"), label(8, actual="left"))
    assert ids(labels) == ["a", "8"]
    assert labels.model.codes.tolist() == [-1, -1]
    assert labels.actual.texts() == ["1", "left"]


def test_a_label_may_name_its_model_or_the_feed_does() -> None:
    assert decoded(label(model_name="fraud")).model.texts() == ["fraud"]
    assert decoded(label(), defaults={"model_name": "fraud"}).model.texts() == ["fraud"]


def test_the_truth_is_spelled_in_one_way() -> None:
    values = [True, 1, 1.0, "1", False, 0, "0"]
    assert decoded(*[label(actual=value) for value in values]).actual.texts() == ["1"] * 4 + ["0"] * 3


@pytest.mark.parametrize("value", [..., None])
def test_a_label_without_a_truth_misses_a_field(value: object) -> None:
    assert refused(label(actual=value), "labels").reason == "missing_field"


@pytest.mark.parametrize("value", ["", [], float("nan"), float("inf")])
def test_a_truth_that_is_no_class_is_a_bad_value(value: object) -> None:
    assert refused(label(actual=value), "labels").reason == "bad_value"


def test_the_truth_must_be_a_class_of_the_model_that_is_named() -> None:
    rejection = refused(label(actual="left", model_name="fraud"), "labels")
    assert (rejection.reason, rejection.detail) == (
        "bad_value",
        "actual 'left' means nothing to the model fraud; write '0' or '1'",
    )


def test_the_truth_must_be_a_class_of_any_model_where_none_is_named() -> None:
    rejection = refused(label(actual="maybe"), "labels")
    assert (rejection.reason, rejection.detail) == (
        "bad_value",
        "actual 'maybe' means nothing to any model of this feed; write '0' or '1' or 'stayed' or 'left'",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prediction_id": ...}, "missing_field"),
        ({"prediction_id": ""}, "bad_value"),
        ({"prediction_id": 1.5}, "bad_value"),
        ({"timestamp": 0}, "bad_timestamp"),
        ({"timestamp": ...}, "missing_field"),
        ({"model_name": "spam"}, "unknown_model"),
        ({"model_name": [1]}, "bad_value"),
    ],
)
def test_a_label_that_cannot_be_used_has_its_reason(changes: dict[str, object], reason: str) -> None:
    event = {name: value for name, value in (label() | changes).items() if value is not ...}
    assert refused(event, "labels").reason == reason


def test_sound_labels_beside_broken_ones_are_kept() -> None:
    result = decode([label("a"), label("b", actual=7), label("c", model_name="spam"), label("d")], "labels")
    assert ids(result.events) == ["a", "d"]
    assert [(rejection.place, rejection.reason) for rejection in result.rejections] == [
        ("line 1", "bad_value"),
        ("line 2", "unknown_model"),
    ]
