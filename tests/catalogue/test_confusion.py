"""The confusion matrix, against scikit-learn's, and what of it is shown past its limit."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.catalogue.bins import confusion_bin, confusion_bins
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import NOW, judged, multiclass_model, random_events, samples

NAN = float("nan")


def binary_events(predicted: list[int], actual: list[int]) -> Outcomes:
    return outcomes(predicted, actual, at=NOW - 1)


def expected_cells(names: tuple[str, ...], matrix: np.ndarray) -> dict[tuple[str, ...], float]:
    return {
        (actual, predicted): float(matrix[row, column])
        for row, actual in enumerate(names)
        for column, predicted in enumerate(names)
        if not np.isnan(matrix[row, column])
    }


@pytest.mark.parametrize("family", ["ml_confusion_outcomes", "ml_confusion_total"])
@pytest.mark.parametrize("classes", [2, 5, 20])
def test_counts_equal_scikit_learn(family: str, classes: int) -> None:
    scores, actual = random_events(np.random.default_rng(classes), 300, classes)
    model = multiclass_model(classes)
    matrix = reference.confusion_matrix(actual, scores.argmax(axis=1), labels=np.arange(classes))
    assert samples(family, judged(scores, actual), model) == expected_cells(model.class_names, matrix)


def test_shares_equal_scikit_learn_and_a_class_without_outcomes_has_none() -> None:
    scores, actual = random_events(np.random.default_rng(1), 300, 4)
    events, model = judged(scores[actual != 2], actual[actual != 2]), multiclass_model(4)
    matrix = reference.confusion_matrix(
        actual[actual != 2], scores[actual != 2].argmax(axis=1), labels=np.arange(4), normalize="true"
    )
    matrix[2] = NAN
    found = samples("ml_confusion_ratio", events, model)
    assert found == pytest.approx(expected_cells(model.class_names, matrix))
    assert len(found) == 12


def test_a_binary_model_has_the_same_families() -> None:
    random = np.random.default_rng(2)
    predicted, actual = random.integers(0, 2, 100), random.integers(0, 2, 100)
    events, model = binary_events(predicted.tolist(), actual.tolist()), binary_model()
    counts = expected_cells(("0", "1"), reference.confusion_matrix(actual, predicted))
    shares = expected_cells(("0", "1"), reference.confusion_matrix(actual, predicted, normalize="true"))
    assert samples("ml_confusion_outcomes", events, model) == counts
    assert samples("ml_confusion_total", events, model) == counts
    assert samples("ml_confusion_ratio", events, model) == pytest.approx(shares)


def test_past_the_limit_the_fullest_cells_are_shown_and_the_others_counted_together() -> None:
    model = multiclass_model(3, max_confusion_cells=4)
    pairs = [(0, 0)] * 9 + [(1, 1)] * 8 + [(2, 1)] * 7 + [(0, 2)] * 6 + [(2, 2)] * 5 + [(1, 0)] * 4
    actual, predicted = np.array(pairs).T
    events = judged(np.full((len(pairs), 3), NAN), actual, predicted)
    shown = {("c0", "c0"): 9, ("c1", "c1"): 8, ("c2", "c1"): 7, ("c0", "c2"): 6}
    for family in ("ml_confusion_outcomes", "ml_confusion_total"):
        assert samples(family, events, model) == {**shown, ("__other__", "__other__"): 9}
    shares = {("c0", "c0"): 9 / 15, ("c1", "c1"): 8 / 12, ("c2", "c1"): 7 / 12, ("c0", "c2"): 6 / 15}
    assert samples("ml_confusion_ratio", events, model) == pytest.approx(shares)


def test_past_the_limit_empty_cells_are_not_shown_and_nothing_is_lost() -> None:
    model = multiclass_model(30, max_confusion_cells=50)
    scores, actual = random_events(np.random.default_rng(4), 1000, 30)
    found = samples("ml_confusion_outcomes", judged(scores, actual), model)
    assert sum(found.values()) == 1000
    assert len(found) == 51
    few = samples("ml_confusion_outcomes", judged(scores[:1], actual[:1]), model)
    assert sorted(few.values()) == [0, 1]


def test_each_series_shows_its_own_fullest_cells() -> None:
    model = multiclass_model(3, max_confusion_cells=4)
    actual, predicted = np.array([(row, column) for row in range(3) for column in range(3)]).T
    series = np.repeat([0, 1], [5, 4])[:, None]
    events = judged(np.full((9, 3), NAN), actual, predicted, series=series)
    assert samples("ml_confusion_outcomes", events, model, series=1) == {
        ("c1", "c2"): 1,
        ("c2", "c0"): 1,
        ("c2", "c1"): 1,
        ("c2", "c2"): 1,
        ("__other__", "__other__"): 0,
    }


@given(st.integers(1, 30))
def test_the_cells_of_so_many_classes_are_the_first_bins_whoever_comes_later(classes: int) -> None:
    bins = confusion_bins(classes)
    assert sorted(bins.ravel().tolist()) == list(range(classes**2))
    assert np.array_equal(confusion_bins(classes + 1)[:classes, :classes], bins)


def test_a_cell_has_its_bin() -> None:
    assert confusion_bin(np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])).tolist() == [0, 1, 2, 3]


def test_a_limit_below_four_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="max_confusion_cells"):
        multiclass_model(3, max_confusion_cells=3)
    with pytest.raises(ValueError, match=r"(?s)max_confusion_cells\b.*is no option of the task binary"):
        ModelSettings(name="fraud", task="binary", max_confusion_cells=9)
