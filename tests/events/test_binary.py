"""The binary task: what predictions and labels mean for it."""

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.events.tasks.binary import BinaryTask

NAN = float("nan")


def task(**options: object) -> BinaryTask:
    definition = ModelSettings.model_validate({"name": "fraud", "task": "binary", **options}).definition
    assert isinstance(definition, BinaryTask)
    return definition


def payload(task_: BinaryTask, predicted: list[str | None], score: list[float]) -> list[list[float]]:
    return task_.payload(Categorical.of(predicted), np.array(score)).tolist()


def test_a_score_at_the_threshold_means_the_positive_class() -> None:
    found = payload(task(decision_threshold=0.3), [None] * 3, [0.3, 0.29999999, 1.0])
    assert [row[0] for row in found] == [1, 0, 1]


def test_the_prediction_decides_the_class_and_the_score_is_kept() -> None:
    assert payload(task(), ["0", "1"], [0.9, 0.1]) == [[0, 0.9], [1, 0.1]]


def test_what_is_neither_class_means_nothing() -> None:
    np.testing.assert_array_equal(payload(task(), ["2", None], [NAN, NAN]), [[NAN, NAN], [NAN, NAN]])
    assert task().truth(Categorical.of(["1", "0"]), np.empty((2, 2))).tolist() == [[1], [0]]
    assert task().usable(Categorical.of(["1", "2", None])).tolist() == [True, False, False]


def test_whatever_is_not_positive_is_negative_where_the_negative_class_has_no_name() -> None:
    churn = task(positive_class="left")
    assert churn.truth(Categorical.of(["left", "stayed", "moved"]), np.empty((3, 2))).tolist() == [[1], [0], [0]]
    assert churn.class_names == ("not left", "left")


def test_zero_and_one_are_each_others_opposite() -> None:
    assert task().class_names == ("0", "1")
    assert task(positive_class=0).class_names == ("1", "0")
    assert task(positive_class=True).class_names == ("0", "1")


def test_one_class_cannot_be_both() -> None:
    with pytest.raises(ValueError, match=r"(?s)negative_class\b.*'yes' is the positive class, too"):
        task(positive_class="yes", negative_class="yes")


def test_its_options_offer_no_metrics() -> None:
    assert task().offers == frozenset()
