"""Metrics of regression models against scikit-learn or a plain loop, over the same rows."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter import catalogue
from ml_exporter.catalogue.residuals import PERCENTILES
from ml_exporter.events.tasks.regression import LARGEST, SMALLEST
from tests.catalogue.numbers import MODEL, numbers
from tests.catalogue.whole_path import Array, estimate, samples, statistics, value

AMOUNTS = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
ROWS = st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=25)
"""Rows of (predicted, actual): one row, constants, all right, zeros, ... come up by themselves."""

IDS = (
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_error",
    "r2",
    "mean_absolute_percentage_error",
    "symmetric_mean_absolute_percentage_error",
    "weighted_absolute_percentage_error",
    "prediction_interval_coverage",
    "prediction_interval_width",
)


def random_rows(rows: int, seed: int = 0) -> tuple[Array, Array]:
    """Return predicted and actual numbers of several orders of magnitude."""
    random = np.random.default_rng(seed)
    actual = random.lognormal(3, 1.5, rows) * random.choice([-1, 1], rows, p=[0.1, 0.9])
    return actual * random.normal(1, 0.2, rows) + random.normal(0, 2, rows), actual


def exact_r2(predicted: Array, actual: Array) -> float:
    """Return R2 without any rounding but the last."""
    true = [Fraction(number) for number in actual.tolist()]
    said = [Fraction(number) for number in predicted.tolist()]
    mean = sum(true, Fraction()) / len(true)
    squares = sum(((said_ - true_) ** 2 for said_, true_ in zip(said, true, strict=True)), Fraction())
    return float(1 - squares / sum(((number - mean) ** 2 for number in true), Fraction()))


@pytest.mark.parametrize("rows", [2, 30, 5000])
def test_errors_equal_scikit_learn(rows: int) -> None:
    predicted, actual = random_rows(rows)
    events = numbers(predicted, actual)
    expected = {
        "mean_absolute_error": reference.mean_absolute_error(actual, predicted),
        "mean_squared_error": reference.mean_squared_error(actual, predicted),
        "root_mean_squared_error": reference.root_mean_squared_error(actual, predicted),
        "r2": reference.r2_score(actual, predicted),
        "mean_absolute_percentage_error": reference.mean_absolute_percentage_error(actual, predicted),
        "mean_error": np.mean(predicted - actual),
        "weighted_absolute_percentage_error": np.abs(predicted - actual).sum() / np.abs(actual).sum(),
        "symmetric_mean_absolute_percentage_error": np.mean(
            2 * np.abs(predicted - actual) / (np.abs(predicted) + np.abs(actual))
        ),
    }
    assert {name: value(name, events, MODEL) for name in expected} == pytest.approx(expected)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_errors_equal_scikit_learn_on_degenerate_rows(rows: list[tuple[float, float]]) -> None:
    predicted, actual = np.array(rows).T
    found = {name: value(name, numbers(predicted, actual), MODEL) for name in IDS}
    assert found["mean_absolute_error"] == pytest.approx(reference.mean_absolute_error(actual, predicted))
    assert found["mean_squared_error"] == pytest.approx(reference.mean_squared_error(actual, predicted))
    assert found["root_mean_squared_error"] == pytest.approx(reference.root_mean_squared_error(actual, predicted))
    assert found["mean_error"] == pytest.approx(float(np.mean(predicted - actual)), abs=1e-9)
    if (np.abs(actual) >= SMALLEST).any():
        # scikit-learn divides by no less than 2e-16, which makes small numbers look good
        shares = [abs(said - true) / abs(true) for said, true in rows if abs(true) >= SMALLEST]
        assert found["mean_absolute_percentage_error"] == pytest.approx(sum(shares) / len(shares))
    else:
        assert np.isnan(found["mean_absolute_percentage_error"])
    if np.ptp(actual) == 0:
        assert np.isnan(found["r2"])  # scikit-learn says 0 or 1, which would look like a finding
    elif not np.isnan(found["r2"]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of single rows
            assert found["r2"] == pytest.approx(exact_r2(predicted, actual), rel=1e-6, abs=1e-6)


def test_actual_values_of_0_are_left_out_of_percentages_and_counted() -> None:
    events = numbers([1, 3, 5, 0], [0, 2, 4, 0])
    assert value("mean_absolute_percentage_error", events, MODEL) == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert samples("ml_window_zero_actual_outcomes", events, MODEL) == {(): 2}
    assert value("symmetric_mean_absolute_percentage_error", events, MODEL) == pytest.approx(
        (2 + 1 / 2.5 + 1 / 4.5 + 0) / 4
    )
    assert value("weighted_absolute_percentage_error", events, MODEL) == pytest.approx(3 / 6)


@pytest.mark.parametrize("actual", [5e-324, -1e-100])
def test_there_is_no_share_of_next_to_nothing(actual: float) -> None:
    events = numbers([LARGEST, 3], [actual, 2])
    assert value("mean_absolute_percentage_error", events, MODEL) == 0.5
    assert samples("ml_window_zero_actual_outcomes", events, MODEL) == {(): 1}
    assert np.isnan(value("weighted_absolute_percentage_error", numbers([1], [actual]), MODEL))


@pytest.mark.parametrize(("offset", "accuracy"), [(0.0, 1e-12), (1e6, 1e-9), (1e9, 1e-4), (-1e9, 1e-4)])
def test_r2_holds_far_from_zero(offset: float, accuracy: float) -> None:
    random = np.random.default_rng(5)
    actual = offset + random.normal(0, 300, 4000)
    predicted = actual + random.normal(0, 100, 4000)
    found = value("r2", numbers(predicted, actual), MODEL)
    assert found == pytest.approx(exact_r2(predicted, actual), rel=accuracy)


@pytest.mark.parametrize("centre", [0.1, 1e9 / 3, -1e-30, 1e60])
def test_r2_is_absent_where_rounding_hides_what_the_actual_values_vary_by(centre: float) -> None:
    actual = centre * (1 + 1e-9 * np.random.default_rng(1).normal(size=1000))
    found = estimate("r2", numbers(actual * 1.01, actual), MODEL)
    assert np.isnan([found.value[0], found.lower[0], found.upper[0]]).all()
    assert np.isnan(value("r2", numbers(np.full(1000, centre), np.full(1000, centre)), MODEL))


@pytest.mark.parametrize("size", [LARGEST, 1e-60])
def test_the_largest_and_the_smallest_numbers_give_finite_values(size: float) -> None:
    events = numbers([-size, size, size], [size, -size, size], [-size] * 3, [size] * 3)
    for name in IDS:
        found = estimate(name, events, MODEL)
        assert not np.isinf([found.value[0], found.lower[0], found.upper[0]]).any(), name
    assert value("mean_absolute_error", events, MODEL) == pytest.approx(4 / 3 * size)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e8])
def test_residual_percentiles_are_within_one_percent(scale: float) -> None:
    random = np.random.default_rng(2)
    residuals = scale * (random.standard_t(3, 5001) + 0.3)
    found = samples("ml_residual_percentile", numbers(residuals, np.zeros(5001)), MODEL)
    for percentile in PERCENTILES:
        exact = np.quantile(residuals, percentile / 100, method="inverted_cdf")
        assert found[(str(percentile),)] == pytest.approx(exact, rel=0.0101)


def test_residual_percentiles_of_one_row_and_of_residuals_too_small_to_tell() -> None:
    one = samples("ml_residual_percentile", numbers([1.0], [3.0]), MODEL)
    assert list(one.values()) == pytest.approx([-2] * len(PERCENTILES), rel=0.01)
    assert set(samples("ml_residual_percentile", numbers([1e-7], [0.0]), MODEL).values()) == {0}


def test_prediction_intervals_count_where_an_event_has_one() -> None:
    nan = float("nan")
    events = numbers([1, 1, 1, 1], [0, 2, 3, 9], [0, 0, nan, 2], [1, 1, nan, 4])
    assert value("prediction_interval_coverage", events, MODEL) == pytest.approx(1 / 3)
    assert value("prediction_interval_width", events, MODEL) == pytest.approx((1 + 1 + 2) / 3)
    assert np.isnan(value("prediction_interval_coverage", numbers([1], [1]), MODEL))


@pytest.mark.parametrize("name", IDS)
def test_without_outcomes_nothing_has_a_value(name: str) -> None:
    found = estimate(name, numbers([], []), MODEL)
    assert np.isnan([found.value[0], found.lower[0], found.upper[0]]).all()


def test_outcomes_rank_by_the_size_of_their_error_whatever_its_sign() -> None:
    events = numbers([0.0, 5.0, -5.0, 2.0, -100.0], np.zeros(5))
    metric = catalogue.metric("mean_absolute_error", "regression")
    assert metric.headline
    assert metric.judged
    assert metric.ranked is not None
    ranked = metric.ranked(statistics(events, MODEL))[0]
    assert ranked[ranked > 0].tolist() == [1, 1, 2, 1]
    assert ranked[0] == 1


@pytest.mark.parametrize("centre", [0.0, -3.0, 1e5])
def test_mean_and_variance_of_the_actual_values_equal_numpys(centre: float) -> None:
    actual = np.random.default_rng(21).normal(centre, 2, 400)
    found = {
        name: samples(f"ml_actual_value_{name}", numbers(actual + 1, actual), MODEL)[()]
        for name in ("mean", "mean_amount", "variance")
    }
    assert found["mean"] == pytest.approx(actual.mean(), rel=1e-12, abs=1e-12)
    assert found["mean_amount"] == pytest.approx(np.abs(actual).mean(), rel=1e-12)
    assert found["variance"] == pytest.approx(actual.var(), rel=1e-9)


def test_actual_values_that_are_all_the_same_have_no_variance_and_no_outcomes_no_mean() -> None:
    constant = numbers([1, 2, 3], [5, 5, 5])
    assert samples("ml_actual_value_mean", constant, MODEL) == {(): 5}
    assert samples("ml_actual_value_variance", constant, MODEL) == {}
    assert samples("ml_actual_value_mean", numbers([], []), MODEL) == {}


def test_outcomes_with_a_predicted_interval_are_counted() -> None:
    events = numbers([1, 2, 3], [1, 2, 3], lower=[0, np.nan, 2], upper=[2, np.nan, 4])
    assert samples("ml_window_interval_outcomes", events, MODEL) == {(): 2}
