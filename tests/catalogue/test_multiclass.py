"""Metrics of multiclass models against scikit-learn, over the same rows."""

import warnings

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml_exporter import catalogue
from tests.catalogue.whole_path import (
    estimate,
    folded,
    judged,
    multiclass_model,
    random_events,
    samples,
    statistics,
    value,
    window,
)

NAN = float("nan")
SIZES = [(2, 50), (3, 1), (3, 400), (7, 2000), (30, 300), (200, 500)]
"""Classes and rows; with many classes some are never seen."""

decisions = st.integers(2, 6).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=25),
    )
)
"""Number of classes, and rows of (predicted, actual): one class only, one row, all wrong, ... come up by themselves."""


def unscored(classes: int) -> list[float]:
    return [NAN] * classes


def averaged(predicted: NDArray[np.int64], actual: NDArray[np.int64], average: str) -> tuple[float, float, float]:
    """Return scikit-learn's precision, recall and F1 over the classes seen."""
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        actual, predicted, average=average, zero_division=0
    )
    return precision, recall, f1


@pytest.mark.parametrize(("classes", "rows"), SIZES)
def test_decisions_equal_scikit_learn(classes: int, rows: int) -> None:
    scores, actual = random_events(np.random.default_rng(rows), rows, classes)
    predicted = scores.argmax(axis=1)
    events, model = judged(scores, actual), multiclass_model(classes)
    assert value("accuracy", events, model) == reference.accuracy_score(actual, predicted)
    for average in ("weighted", "macro"):
        expected = averaged(predicted, actual, average)
        for name, number in zip(("precision", "recall", "f1"), expected, strict=True):
            assert value(f"{name}_{average}", events, model) == pytest.approx(number)


@settings(max_examples=150, deadline=None)
@given(decisions)
def test_decisions_equal_scikit_learn_on_degenerate_rows(case: tuple[int, list[tuple[int, int]]]) -> None:
    classes, rows = case
    predicted, actual = np.array(rows).T
    events, model = judged([unscored(classes)] * len(rows), actual, predicted), multiclass_model(classes)
    assert value("accuracy", events, model) == pytest.approx(reference.accuracy_score(actual, predicted))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of classes that were predicted but never true
        balanced = reference.balanced_accuracy_score(actual, predicted)
    assert value("balanced_accuracy", events, model) == pytest.approx(balanced)
    for average in ("weighted", "macro"):
        expected = averaged(predicted, actual, average)
        found = [value(f"{name}_{average}", events, model) for name in ("precision", "recall", "f1")]
        assert found == pytest.approx(expected)
    correlation = value("matthews_correlation", events, model)
    if len(set(predicted)) == 1 or len(set(actual)) == 1:
        assert np.isnan(correlation)  # scikit-learn says 0, which would look like a finding
    else:
        assert correlation == pytest.approx(reference.matthews_corrcoef(actual, predicted), abs=1e-12)


@pytest.mark.parametrize(("classes", "rows"), SIZES)
def test_scores_equal_scikit_learn(classes: int, rows: int) -> None:
    scores, actual = random_events(np.random.default_rng(rows + 1), rows, classes)
    events, model = judged(scores, actual), multiclass_model(classes)
    labels = np.arange(classes)
    assert value("log_loss", events, model) == pytest.approx(reference.log_loss(actual, scores, labels=labels))
    brier = float(
        np.mean([np.sum((row - np.eye(classes)[code]) ** 2) for row, code in zip(scores, actual, strict=True)])
    )
    assert value("brier_score", events, model) == pytest.approx(brier)
    if classes > 2:
        sklearns = reference.brier_score_loss(actual, scores, labels=labels, scale_by_half=False)
        assert brier == pytest.approx(sklearns)


def test_log_loss_of_a_certain_mistake_is_clipped() -> None:
    events = judged([[1.0, 0.0], [1.0, 0.0]], [0, 1])
    assert value("log_loss", events, multiclass_model(2)) == pytest.approx(-np.log(1e-15) / 2)
    assert value("brier_score", events, multiclass_model(2)) == 1.0


@pytest.mark.parametrize("k", [2, 3, 5])
def test_top_k_accuracy_equals_scikit_learn_ties_included(k: int) -> None:
    scores, actual = random_events(np.random.default_rng(k), 500, 7, skill=0.5)
    coarse = np.round(scores, 1)
    for table in (scores, coarse / coarse.sum(axis=1, keepdims=True)):
        expected = reference.top_k_accuracy_score(actual, table, k=k, labels=np.arange(7))
        found = value(f"top_{k}_accuracy", judged(table, actual), multiclass_model(7, top_k=[5, 3, 2]))
        assert found == expected


def test_top_k_accuracy_is_there_only_where_it_is_asked_for() -> None:
    scores, actual = random_events(np.random.default_rng(0), 10, 7)
    found = statistics(judged(scores, actual), multiclass_model(7))["actual_rank.count"]
    assert not found.any()


@pytest.mark.parametrize(("classes", "rows"), [(2, 300), (3, 400), (9, 1000)])
def test_calibration_error_is_that_of_the_predicted_classs_score(classes: int, rows: int) -> None:
    random = np.random.default_rng(classes)
    scores, actual = random_events(random, rows, classes)
    predicted = random.integers(0, classes, rows)  # not always the class with the highest score
    gaps = np.zeros(15)
    for row, code in enumerate(predicted):
        score = scores[row, code]
        gaps[min(int(score * 15), 14)] += score - (actual[row] == code)
    found = value("calibration_error", judged(scores, actual, predicted), multiclass_model(classes))
    assert found == pytest.approx(np.abs(gaps).sum() / rows)


def test_outcomes_without_scores_count_for_decisions_only() -> None:
    events = judged([[0.7, 0.2, 0.1], unscored(3)], [0, 2], [0, 1])
    model = multiclass_model(3, top_k=[2])
    assert value("accuracy", events, model) == 0.5
    assert value("log_loss", events, model) == pytest.approx(-np.log(0.7))
    assert value("calibration_error", events, model) == pytest.approx(0.3)
    assert value("top_2_accuracy", events, model) == 1
    assert samples("ml_window_scored_outcomes", events, model) == {(): 1}


def test_without_outcomes_nothing_has_a_value() -> None:
    events, model = judged(np.empty((0, 3)), []), multiclass_model(3, top_k=[2])
    for metric_id in (
        "accuracy",
        "balanced_accuracy",
        "matthews_correlation",
        "precision_macro",
        "f1_weighted",
        "auc_roc_macro",
        "log_loss",
        "brier_score",
        "calibration_error",
        "top_2_accuracy",
    ):
        found = estimate(metric_id, events, model)
        assert np.isnan([found.value, found.lower, found.upper]).all(), metric_id


@pytest.mark.parametrize(("before", "after"), [(3, 4), (50, 51)])
def test_a_class_that_is_added_at_the_end_leaves_the_past_as_it_was(before: int, after: int) -> None:
    scores, actual = random_events(np.random.default_rng(3), 300, before)
    totals = window(folded(judged(scores, actual), multiclass_model(before)))
    old, grown = (totals.statistics(np.array([0]), multiclass_model(classes)) for classes in (before, after))
    for metric_id in ("accuracy", "f1_macro", "f1_weighted", "log_loss", "matthews_correlation"):
        metric = catalogue.metric(metric_id, "multiclass")
        assert metric.estimate(grown).value == metric.estimate(old).value, metric_id
    area = catalogue.metric("auc_roc_macro", "multiclass")
    assert area.estimate(grown).value == pytest.approx(area.estimate(old).value, abs=0.01)  # bins may be coarser now


def test_a_prediction_from_before_a_class_was_added_gives_it_the_score_0() -> None:
    events = judged([[0.7, 0.3, NAN], [0.4, 0.6, NAN]], [0, 2], [0, 1])
    model = multiclass_model(3, top_k=[2])
    assert value("log_loss", events, model) == pytest.approx(-(np.log(0.7) + np.log(1e-15)) / 2)
    assert value("brier_score", events, model) == pytest.approx((2 * 0.3**2 + 0.4**2 + 0.6**2 + 1) / 2)
    assert value("top_2_accuracy", events, model) == 0.5
