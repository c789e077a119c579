"""Metrics of decisions that both tasks have, and those of the positive class, against scikit-learn."""

import warnings

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.events import Outcomes
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import NOW, judged, multiclass_model, random_events, value

MODEL = binary_model()
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=25)
"""Predicted and actual: one class only, one row, all wrong, ... come up by themselves."""


def events(predicted: list[int], actual: list[int]) -> Outcomes:
    return outcomes(predicted, actual, at=NOW - 1)


def share(count: int, of: int) -> float:
    return count / of if of else float("nan")


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_binary_decisions_equal_scikit_learn_on_degenerate_rows(rows: list[tuple[int, int]]) -> None:
    predicted, actual = (list(column) for column in zip(*rows, strict=True))
    found = events(predicted, actual)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of classes that were predicted but never true
        balanced = reference.balanced_accuracy_score(actual, predicted)
    assert value("balanced_accuracy", found, MODEL) == pytest.approx(balanced)
    correlation = value("matthews_correlation", found, MODEL)
    if len(set(predicted)) == 1 or len(set(actual)) == 1:
        assert np.isnan(correlation)  # scikit-learn says 0, which would look like a finding
    else:
        assert correlation == pytest.approx(reference.matthews_corrcoef(actual, predicted), abs=1e-12)
    negatives = [said for said, true in rows if true == 0]
    specificity = share(negatives.count(0), len(negatives))
    assert value("specificity", found, MODEL) == pytest.approx(specificity, nan_ok=True)
    assert value("prevalence", found, MODEL) == pytest.approx(sum(actual) / len(rows))
    assert value("predicted_prevalence", found, MODEL) == pytest.approx(sum(predicted) / len(rows))


def test_specificity_is_the_recall_of_the_negative_class() -> None:
    random = np.random.default_rng(1)
    predicted, actual = random.integers(0, 2, 500).tolist(), (random.random(500) < 0.2).astype(int).tolist()
    expected = reference.recall_score(actual, predicted, pos_label=0)
    assert value("specificity", events(predicted, actual), MODEL) == pytest.approx(expected)


@pytest.mark.parametrize(("classes", "rows"), [(2, 300), (6, 2000), (60, 3000)])
def test_balanced_accuracy_and_correlation_of_several_classes_equal_scikit_learn(classes: int, rows: int) -> None:
    scores, actual = random_events(np.random.default_rng(classes), rows, classes)
    predicted = scores.argmax(axis=1)
    found, model = judged(scores, actual), multiclass_model(classes)
    expected = reference.balanced_accuracy_score(actual, predicted)
    assert value("balanced_accuracy", found, model) == pytest.approx(expected)
    assert value("matthews_correlation", found, model) == pytest.approx(reference.matthews_corrcoef(actual, predicted))


@pytest.mark.parametrize("metric_id", ["accuracy", "balanced_accuracy", "matthews_correlation", "f1_macro"])
def test_two_classes_among_several_are_judged_as_a_binary_model_is(metric_id: str) -> None:
    random = np.random.default_rng(2)
    predicted, actual = random.integers(0, 2, 200), random.integers(0, 2, 200)
    as_several = judged(np.full((200, 2), np.nan), actual, predicted)
    as_binary = events(predicted.tolist(), actual.tolist())
    assert value(metric_id, as_several, multiclass_model(2)) == pytest.approx(value(metric_id, as_binary, MODEL))


def test_huge_counts_do_not_overflow() -> None:
    predicted, actual = np.tile([[1, 1], [0, 0], [1, 0]], (40_000, 1)).T
    found = value("matthews_correlation", events(predicted.tolist(), actual.tolist()), MODEL)
    assert found == pytest.approx(reference.matthews_corrcoef(actual, predicted))
