"""Features: numbers, texts, and what is neither; nothing in them makes an event unusable."""

from typing import Any

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.events import FeatureColumn, Predictions
from ml_exporter.feeds.decoding import JsonEvents
from tests.feeds.builders import context, line, prediction, settings

NAN = float("nan")


def decoded(*features: Any, watched: tuple[str, ...] = ("age",)) -> dict[str, FeatureColumn]:
    model = ModelSettings.model_validate({"name": "fraud", "task": "binary", "features": list(watched)})
    lines = [line(prediction(features=one)).rstrip() for one in features]
    result = JsonEvents(settings(), context(models=[model])).decode(lines, "line {}".format)
    assert result.rejections == ()
    assert isinstance(result.events, Predictions)
    return dict(result.events.features)


def test_numbers_are_numbers_and_null_and_nothing_are_missing() -> None:
    column = decoded({"age": 7}, {"age": 1.5}, {"age": None}, {}, None, 3)["age"]
    np.testing.assert_array_equal(column.numbers, [7, 1.5, NAN, NAN, NAN, NAN])
    assert column.missing.tolist() == [False, False, True, True, True, True]


def test_texts_are_texts_and_an_empty_one_is_missing() -> None:
    column = decoded({"age": "old"}, {"age": ""}, {"age": "young"}, {"age": "old"})["age"]
    assert column.texts.texts() == ["old", None, "young", "old"]
    assert column.missing.tolist() == [False, True, False, False]


def test_every_value_is_what_it_is_among_values_of_other_types() -> None:
    column = decoded(
        {"age": 7}, {"age": "7"}, {"age": True}, {"age": [7]}, {"age": {}}, {"age": None}, {"age": 10**400}
    )
    mixed = column["age"]
    np.testing.assert_array_equal(mixed.numbers, [7, NAN, NAN, NAN, NAN, NAN, NAN])
    assert mixed.texts.texts() == [None, "7", "1", None, None, None, None]
    assert mixed.strange.tolist() == [False, False, False, True, True, False, True]
    assert mixed.missing.tolist() == [False] * 5 + [True, False]


@pytest.mark.parametrize("value", [7, 1.5, "x", None, True, [1], 1e300, 10**400])
def test_a_value_is_the_same_alone_as_among_others(value: Any) -> None:
    alone = decoded({"age": value})["age"]
    among = decoded({"age": value}, {"age": 1}, {"age": "y"}, {"age": {}})["age"].take(np.array([0]))
    np.testing.assert_array_equal(alone.numbers, among.numbers)
    assert alone.texts.texts() == among.texts.texts()
    assert alone.strange.tolist() == among.strange.tolist()


def test_only_watched_features_are_decoded() -> None:
    assert set(decoded({"age": 1, "name": "x"})) == {"age"}
    assert decoded({"age": 1}, watched=()) == {}


def test_a_long_text_is_cut() -> None:
    assert decoded({"age": "x" * 1000})["age"].texts.values == ("x" * 128,)
