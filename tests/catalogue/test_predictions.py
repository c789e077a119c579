"""How much is predicted, and what: against numpy and plain counting, on the way from predictions to samples."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter import catalogue
from ml_exporter.catalogue.residuals import PERCENTILES
from ml_exporter.config import ModelSettings
from ml_exporter.tallies import Buckets, discover
from tests.builders import binary_model
from tests.catalogue.numbers import MODEL as PRICES
from tests.catalogue.whole_path import LADDER, NOW, Array, made, multiclass_model, window

NAN = math.nan


def shown(
    family: str, payload: Array, model: ModelSettings, failed: Array | None = None
) -> dict[tuple[str, ...], float]:
    """Return the samples of a family after predictions were made; the failed ones among them say nothing."""
    buckets = Buckets(discover(), LADDER, ("label",))
    buckets.fold_predictions(made(payload, None if failed is None else ~failed), model, NOW)
    (spread,) = [entry for entry in catalogue.spreads() if entry.family.name == family]
    rows_shown = list(spread.rows(window(buckets).statistics(np.array([0]), model), model))
    assert len(rows_shown) == spread.size(model)
    return {labels: float(values[0]) for labels, values in rows_shown if not np.isnan(values[0])}


NUMBERS = st.one_of(st.floats(-1e11, 1e11), st.sampled_from([0.0, 1e-7, -1e-7, 1e-5, 3.0, 1e11, -1e11]))


@settings(max_examples=80, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_percentiles_of_predicted_numbers_are_within_1_percent_of_numpys(numbers: list[float]) -> None:
    payload = np.column_stack([numbers, np.full((len(numbers), 2), NAN)])
    found = shown("ml_predicted_value_percentile", payload, PRICES)
    for percentile in PERCENTILES:
        exact = np.percentile(numbers, percentile, method="inverted_cdf")
        assert found[str(percentile),] == pytest.approx(exact, rel=0.0100001, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_the_mean_of_predicted_numbers_is_exact(numbers: list[float]) -> None:
    payload = np.column_stack([numbers, np.full((len(numbers), 2), NAN)])
    found = shown("ml_predicted_value_mean", payload, PRICES)[()]
    assert found == pytest.approx(math.fsum(numbers) / len(numbers), rel=1e-9, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.one_of(st.just(NAN), st.floats(0, 1))), max_size=40))
def test_binary_predictions_are_counted_by_class_with_and_without_a_score(rows: list[tuple[int, float]]) -> None:
    model = binary_model(positive_class="fraud", negative_class="fine")
    counted = Counter(code for code, _ in rows)
    found = shown("ml_class_predictions", np.array(rows, dtype=np.float64).reshape(-1, 2), model)
    assert found == {("fine",): counted[0], ("fraud",): counted[1]}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=40))
def test_predictions_of_several_classes_are_counted_by_class(codes: list[int]) -> None:
    model = multiclass_model(5)
    payload = np.column_stack([np.array(codes, dtype=np.float64), np.full((len(codes), 5), NAN)])
    found = shown("ml_class_predictions", payload, model)
    assert found == {(name,): codes.count(code) for code, name in enumerate(model.class_names)}


def test_failed_requests_are_no_predictions() -> None:
    payload = np.array([[1.0, 0.9], [NAN, NAN], [0.0, 0.2]])
    failed = np.array([False, True, False])
    assert shown("ml_window_predictions", payload, binary_model(), failed) == {(): 2}
    assert shown("ml_class_predictions", payload, binary_model(), failed) == {("0",): 1, ("1",): 1}


def test_without_predictions_there_are_none_and_their_numbers_have_no_mean() -> None:
    nothing = np.empty((0, 3))
    assert shown("ml_window_predictions", nothing, PRICES) == {(): 0}
    assert shown("ml_predicted_value_mean", nothing, PRICES) == {}
    assert shown("ml_predicted_value_percentile", nothing, PRICES) == {}
