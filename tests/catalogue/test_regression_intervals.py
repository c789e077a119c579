"""Intervals of the regression task: do they hold the true value about 95 times of 100?"""

import numpy as np
import pytest

from ml_exporter.catalogue import intervals
from tests.catalogue.numbers import MODEL, numbers
from tests.catalogue.test_class_intervals import SERIES, coverage
from tests.catalogue.whole_path import estimate, statistics


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_intervals_of_errors(offset: float) -> None:
    rows, spread, noise, bias = 200, 20.0, 3.0, 1.0
    random = np.random.default_rng(7)
    actual = offset + random.normal(0, spread, SERIES * rows)
    error = random.normal(bias, noise, SERIES * rows)
    width = 4 + random.exponential(1, SERIES * rows)
    found = statistics(
        numbers(actual + error, actual, actual + error - 4, actual + error + width, np.repeat(np.arange(SERIES), rows)),
        MODEL,
        SERIES,
    )
    square = noise**2 + bias**2
    many = random.normal(bias, noise, 1_000_000)
    sizes = offset + random.normal(0, spread, 1_000_000)
    both = (np.abs(sizes) + np.abs(sizes + many)) / 2
    truths = {
        "mean_error": bias,
        "mean_squared_error": square,
        "root_mean_squared_error": np.sqrt(square),
        "mean_absolute_error": np.abs(many).mean(),
        "r2": 1 - square / spread**2,
        "weighted_absolute_percentage_error": np.abs(many).mean() / np.abs(sizes).mean(),
        "symmetric_mean_absolute_percentage_error": (np.abs(many) / both).mean(),
        "prediction_interval_coverage": ((many <= 4) & (-many <= 4 + random.exponential(1, 1_000_000))).mean(),
        "prediction_interval_width": 9.0,
    }
    if offset:  # around 0 the mean of the percentages does not exist
        truths["mean_absolute_percentage_error"] = (np.abs(many) / np.abs(sizes)).mean()
    for metric_id, truth in truths.items():
        assert 0.925 <= coverage(metric_id, found, "regression", float(truth)) <= 0.975, metric_id


def test_the_interval_of_r2_follows_errors_that_grow_with_what_is_predicted() -> None:
    rows = 400
    random = np.random.default_rng(8)
    actual = random.exponential(10, SERIES * rows)
    predicted = actual * random.normal(1, 0.3, SERIES * rows)
    found = statistics(numbers(predicted, actual, series=np.repeat(np.arange(SERIES), rows)), MODEL, SERIES)
    truth = 1 - 0.09 * 200 / 100  # E y^2 = 200 and Var y = 100
    assert 0.91 <= coverage("r2", found, "regression", truth) <= 0.975


def test_the_interval_of_r2_equals_a_plain_loop() -> None:
    random = np.random.default_rng(9)
    actual = random.normal(5, 2, 300)
    predicted = actual + random.normal(0, 1, 300)
    found = estimate("r2", numbers(predicted, actual), MODEL)
    error, distance = (predicted - actual) ** 2, (actual - actual.mean()) ** 2
    moved = error / error.mean() - distance / distance.mean()
    half = intervals.Z * np.sqrt(np.mean(moved**2) / 299)
    unexplained = error.mean() / distance.mean()
    assert found.lower[0] == pytest.approx(1 - unexplained * np.exp(half))
    assert found.upper[0] == pytest.approx(1 - unexplained * np.exp(-half))


def test_an_interval_needs_two_outcomes_and_one_of_no_errors_has_no_width() -> None:
    one = estimate("root_mean_squared_error", numbers([1.0], [2.0]), MODEL)
    assert one.value[0] == 1
    assert np.isnan([one.lower[0], one.upper[0]]).all()
    none = estimate("root_mean_squared_error", numbers([1.0, 2.0], [1.0, 2.0]), MODEL)
    assert [none.value[0], none.lower[0], none.upper[0]] == [0, 0, 0]
