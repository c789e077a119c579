"""The binary task's metrics against scikit-learn, on the whole way from outcomes to an estimate."""

import math

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter import catalogue
from ml_exporter.catalogue.bins import CALIBRATION_BINS, score_bin
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Buckets
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import NOW, Array, folded, value, window

MODEL = binary_model()
DECISIONS = {
    "accuracy": reference.accuracy_score,
    "precision": reference.precision_score,
    "recall": reference.recall_score,
    "f1": reference.f1_score,
}
AVERAGED = {"precision": reference.precision_score, "recall": reference.recall_score, "f1": reference.f1_score}
SCORES = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 1e-300, 1e-7, 1e-6, 1 - 1e-6, 1 - 1e-9, math.nextafter(1.0, 0.0)]), st.floats(0, 1)
)
ROWS = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=40)


def scored(score: Array, actual: Array) -> Outcomes:
    """Make outcomes whose class follows from the score."""
    return outcomes(score >= 0.5, actual, score=score, at=NOW - 1)


def columns(rows: list[tuple[float, bool]]) -> tuple[Array, Array]:
    """Return scores and actual classes."""
    return np.array([score for score, _ in rows]), np.array([float(true) for _, true in rows])


def random_rows(seed: int, count: int, rate: float) -> tuple[Array, Array]:
    """Draw scores that know something of the class."""
    random = np.random.default_rng(seed)
    actual = (random.random(count) < rate).astype(float)
    return 1 / (1 + np.exp(-random.normal(3 * actual - 1.5, 1.5))), actual


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=25))
def test_decisions_equal_scikit_learn_and_are_absent_where_it_cannot_divide(rows: list[tuple[int, int]]) -> None:
    predicted, actual = (list(column) for column in zip(*rows, strict=True))
    events = outcomes(predicted, actual, at=NOW - 1)
    for name, score in DECISIONS.items():
        options = {} if name == "accuracy" else {"zero_division": np.nan}
        assert value(name, events, MODEL) == pytest.approx(score(actual, predicted, **options), nan_ok=True), name
    for name, score in AVERAGED.items():
        for average in ("weighted", "macro"):
            expected = score(actual, predicted, average=average, zero_division=0)
            assert value(f"{name}_{average}", events, MODEL) == pytest.approx(expected), (name, average)


@pytest.mark.parametrize(("count", "rate"), [(1000, 0.3), (20_000, 0.02), (50, 0.5)])
def test_losses_equal_scikit_learn(count: int, rate: float) -> None:
    score, actual = random_rows(count, count, rate)
    events = scored(score, actual)
    assert value("log_loss", events, MODEL) == pytest.approx(reference.log_loss(actual, score, labels=[0, 1]))
    assert value("brier_score", events, MODEL) == pytest.approx(reference.brier_score_loss(actual, score))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_losses_of_extreme_scores_equal_a_plain_loop_over_clipped_likelihoods(rows: list[tuple[float, bool]]) -> None:
    score, actual = columns(rows)
    likelihoods = [max(predicted if true else 1 - predicted, 1e-15) for predicted, true in rows]
    expected = -sum(map(math.log, likelihoods)) / len(rows)
    assert value("log_loss", scored(score, actual), MODEL) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    brier = sum((predicted - true) ** 2 for predicted, true in zip(score, actual, strict=True)) / len(rows)
    assert value("brier_score", scored(score, actual), MODEL) == pytest.approx(brier)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_calibration_error_equals_a_plain_loop(rows: list[tuple[float, bool]]) -> None:
    gap = [0.0] * CALIBRATION_BINS
    for score, true in rows:
        gap[min(int(score * CALIBRATION_BINS), CALIBRATION_BINS - 1)] += score - true
    expected = sum(map(abs, gap)) / len(rows)
    assert value("calibration_error", scored(*columns(rows)), MODEL) == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_roc_auc_is_within_its_binning_bound_of_scikit_learns(rows: list[tuple[float, bool]]) -> None:
    score, actual = columns(rows)
    found = value("auc_roc", scored(score, actual), MODEL)
    if len(set(actual)) == 1:
        assert math.isnan(found)
        return
    exact = reference.roc_auc_score(actual, score)
    assert abs(found - exact) <= binning_bound(score, actual) + 1e-12


def binning_bound(score: Array, actual: Array) -> float:
    """Return half the share of pairs of unlike outcomes whose scores share a bin."""
    bins = score_bin(score)
    shared = sum(
        np.sum((bins == number) & (actual == 1)) * np.sum((bins == number) & (actual == 0)) for number in set(bins)
    )
    return float(shared / 2 / (actual.sum() * (1 - actual).sum()))


@pytest.mark.parametrize(("count", "rate"), [(2000, 0.3), (50_000, 0.005)])
def test_roc_auc_and_average_precision_are_near_scikit_learns(count: int, rate: float) -> None:
    score, actual = random_rows(count, count, rate)
    events = scored(score, actual)
    auc = reference.roc_auc_score(actual, score)
    standard_error = math.sqrt(auc * (1 - auc) / min(actual.sum(), (1 - actual).sum()))
    assert abs(value("auc_roc", events, MODEL) - auc) < 0.07 * standard_error
    assert value("auc_pr", events, MODEL) == pytest.approx(reference.average_precision_score(actual, score), abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=30))
def test_average_precision_equals_scikit_learn_where_every_score_has_a_bin_of_its_own(
    rows: list[tuple[int, bool]],
) -> None:
    score, actual = columns([(tenths / 10, true) for tenths, true in rows])
    found = value("auc_pr", scored(score, actual), MODEL)
    if not actual.any():
        assert math.isnan(found)
    else:
        assert found == pytest.approx(reference.average_precision_score(actual, score))
        if len(set(actual)) == 2:
            assert value("auc_roc", scored(score, actual), MODEL) == pytest.approx(
                reference.roc_auc_score(actual, score)
            )


def test_without_outcomes_nothing_has_a_value() -> None:
    empty = outcomes([], [], at=NOW - 1)
    for name in (*DECISIONS, "f1_macro", "auc_roc", "auc_pr", "log_loss", "brier_score", "calibration_error"):
        assert math.isnan(value(name, empty, MODEL)), name


def test_outcomes_without_a_score_count_for_decisions_only() -> None:
    score = np.array([0.9, math.nan, 0.2, math.nan])
    events = outcomes([1, 1, 0, 0], [1, 0, 0, 1], score=score, at=NOW - 1)
    assert value("accuracy", events, MODEL) == 0.5
    assert value("brier_score", events, MODEL) == pytest.approx((0.1**2 + 0.2**2) / 2)
    assert value("auc_roc", events, MODEL) == 1.0
    only_classes = outcomes([1, 0], [1, 1], at=NOW - 1)
    assert math.isnan(value("log_loss", only_classes, MODEL))


def test_all_wrong_and_all_right() -> None:
    score = np.array([0.9] * 50 + [0.1] * 50)
    actual = (score > 0.5).astype(float)
    right, wrong = scored(score, actual), scored(score, 1 - actual)
    for name in (*DECISIONS, "auc_roc", "auc_pr"):
        assert value(name, right, MODEL) == 1
    for name in (*DECISIONS, "auc_roc"):
        assert value(name, wrong, MODEL) == 0


def test_the_order_and_the_batches_of_outcomes_do_not_matter() -> None:
    score, actual = random_rows(7, 3000, 0.3)
    at_once = folded(scored(score, actual), MODEL)
    order = np.random.default_rng(8).permutation(3000)
    in_parts = folded([scored(score[part], actual[part]) for part in np.array_split(order, 17)], MODEL)
    for name in ("accuracy", "f1", "auc_roc", "auc_pr", "log_loss", "brier_score", "calibration_error"):
        one, other = (read(name, buckets) for buckets in (at_once, in_parts))
        assert one == pytest.approx(other, rel=1e-12), name


def read(metric_id: str, buckets: Buckets) -> list[float]:
    """Return value and bounds of a metric."""
    found = catalogue.metric(metric_id, "binary").estimate(window(buckets).statistics(np.array([0]), MODEL))
    return [bound for bound in map(float, (found.value[0], found.lower[0], found.upper[0])) if not math.isnan(bound)]
