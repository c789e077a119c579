"""Business metrics against plain loops over the same rows, and their intervals in a simulation."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate
from ml_exporter.config import Duration, ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Buckets, Ladder, discover
from ml_exporter.windows import windows_at
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import samples

NOW = 1_700_000_000.0
LADDER = Ladder((60.0, 300.0), (7200.0, 172800.0))
SHOP = binary_model("shop", business={"conversion": True, "value": "amount", "currency": "EUR"})
BANK = binary_model(
    "bank", business={"value": "amount", "currency": "USD", "costs": {"false_positive": 5, "false_negative": "value"}}
)


def estimate(metric_id: str, events: Outcomes, model: ModelSettings) -> Estimate:
    """Send outcomes of one series the whole way and return a metric of it."""
    buckets = Buckets(discover(), LADDER, ("label",))
    buckets.fold_outcomes(events, model, NOW)
    (window,) = windows_at(buckets, [Duration.parse("1h")], "label", NOW)
    return catalogue.metric(metric_id).estimate(window.statistics(np.array([0]), model))


def valued(predicted: NDArray[np.float64], actual: NDArray[np.float64], value: NDArray[np.float64]) -> Outcomes:
    return replace(outcomes(predicted.tolist(), actual.tolist(), at=NOW), value=value)


@pytest.fixture
def rows() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(7)
    predicted, actual = (random.random(500) < share for share in (0.3, 0.25))
    return predicted.astype(float), actual.astype(float), random.lognormal(3, 1, 500)


def test_conversions_are_shares_of_the_outcomes(rows: tuple[NDArray[np.float64], ...]) -> None:
    predicted, actual, value = rows
    events = valued(predicted, actual, value)
    assert estimate("conversion", events, SHOP).value[0] == actual.sum() / 500
    assert estimate("predicted_conversion", events, SHOP).value[0] == predicted.sum() / 500
    assert estimate("conversion_accuracy", events, SHOP).value[0] == (predicted == actual).sum() / 500


def test_revenue_is_the_value_of_what_converted_and_what_was_predicted_to(
    rows: tuple[NDArray[np.float64], ...],
) -> None:
    predicted, actual, value = rows
    events = valued(predicted, actual, value)
    revenue = sum(money for money, converted in zip(value, actual, strict=True) if converted)
    foreseen = sum(money for money, converted in zip(value, predicted, strict=True) if converted)
    assert estimate("revenue", events, SHOP).value[0] == pytest.approx(revenue)
    assert estimate("predicted_revenue", events, SHOP).value[0] == pytest.approx(foreseen)
    expected = max(0.0, 1 - abs(foreseen - revenue) / revenue)
    assert estimate("revenue_accuracy", events, SHOP).value[0] == pytest.approx(expected)


def test_outcomes_without_a_value_are_no_money_and_are_counted() -> None:
    events = valued(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([np.nan, 10.0]))
    assert estimate("revenue", events, SHOP).value[0] == 10
    buckets = Buckets(discover(), LADDER, ("label",))
    buckets.fold_outcomes(events, SHOP, NOW)
    assert float(buckets.lifetime("unvalued").values.sum()) == 1


def test_without_outcomes_or_without_revenue_there_is_no_value() -> None:
    nothing = valued(np.array([]), np.array([]), np.array([]))
    unsold = valued(np.array([1.0]), np.array([0.0]), np.array([10.0]))
    assert np.isnan(estimate("revenue", nothing, SHOP).value[0])
    assert np.isnan(estimate("conversion", nothing, SHOP).value[0])
    assert estimate("revenue", unsold, SHOP).value[0] == 0
    assert np.isnan(estimate("revenue_accuracy", unsold, SHOP).value[0])


def test_cost_is_what_the_matrix_says_of_every_outcome(rows: tuple[NDArray[np.float64], ...]) -> None:
    predicted, actual, value = rows
    expected = 0.0
    for flagged, fraud, money in zip(predicted, actual, value, strict=True):
        if flagged and not fraud:
            expected += 5
        elif fraud and not flagged:
            expected += money
    events = valued(predicted, actual, value)
    assert estimate("cost", events, BANK).value[0] == pytest.approx(expected)
    assert estimate("cost_per_prediction", events, BANK).value[0] == pytest.approx(expected / 500)


def test_a_cost_that_needs_a_value_nobody_knows_is_left_out() -> None:
    events = valued(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([np.nan, np.nan]))
    assert estimate("cost", events, BANK).value[0] == 5
    assert estimate("cost_per_prediction", events, BANK).value[0] == 5
    assert samples("ml_window_cost_outcomes", events, BANK) == {(): 1}


@pytest.mark.parametrize(
    "metric_id",
    ["conversion", "predicted_conversion", "conversion_accuracy", "revenue_accuracy", "cost_per_prediction"],
)
def test_intervals_hold_the_true_value_about_95_times_of_100(metric_id: str) -> None:
    random = np.random.default_rng(3)
    model = BANK if metric_id == "cost_per_prediction" else SHOP

    def draw(rows: int) -> Outcomes:
        value = random.lognormal(3, 0.7, rows)
        actual = random.random(rows) < 0.3
        predicted = np.where(random.random(rows) < 0.85, actual, random.random(rows) < 0.4)
        return valued(predicted.astype(float), actual.astype(float), value)

    truth = estimate(metric_id, draw(400_000), model).value[0]
    found = [estimate(metric_id, draw(800), model) for _ in range(300)]
    covered = np.mean([one.lower[0] <= truth <= one.upper[0] for one in found])
    assert 0.915 <= covered <= 0.985
