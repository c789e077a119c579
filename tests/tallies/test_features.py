"""The tally of features: its algebra, its bins, and the codes that never change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.catalogue.value_bins import (
    VALUE_ACCURACY,
    VALUE_BINS,
    VALUE_CEILING,
    VALUE_FLOOR,
    value_bin,
    value_of_bin,
)
from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.feeds.decoding.features import watched_features
from ml_exporter.tallies import AcceptedPredictions, FeatureRegistry, Sums, discover
from ml_exporter.tallies.feature_bins import FIRST_VALUE, MISMATCHED, MISSING, OTHER_CATEGORY, OUT_OF_RANGE, STRIDE
from tests.builders import binary_model

TALLY = next(tally for tally in discover() if tally.name == "features")
MODEL = binary_model(features=[{"name": "age", "range": [0, 120]}, {"name": "job", "max_categories": 2}])
VALUES = st.one_of(st.none(), st.integers(-5, 200), st.sampled_from(["a", "b", "c", ""]), st.just([]))


def folded(registry: FeatureRegistry, rows: Sequence[tuple[Any, Any]], model: ModelSettings = MODEL) -> Sums:
    """Fold rows of age and job as one batch."""
    features = watched_features(
        [{"age": age, "job": job} for age, job in rows], Categorical.constant("fraud", len(rows)), {"fraud": model}
    )
    nothing = np.zeros(len(rows))
    accepted = AcceptedPredictions(
        series=np.zeros((len(rows), 1), dtype=np.int32),
        timestamp=nothing,
        status=nothing.astype(np.int64),
        joinable=np.ones(len(rows), dtype=np.bool_),
        latency=nothing,
        slow=nothing.astype(np.bool_),
        payload=np.zeros((len(rows), 2)),
        sampled=np.ones(len(rows), dtype=np.bool_),
        features=registry.encode(model, features, len(rows)),
    )
    contributed = TALLY.contribute(accepted, model)
    return Sums.fold(contributed.bins, contributed.values)


def counts(sums: Sums, slot: int) -> dict[int, float]:
    """Return the counts of a feature by its own bins."""
    return {
        int(cell) - slot * STRIDE: float(value)
        for cell, value in zip(sums.cells, sums.values[:, 0], strict=True)
        if cell // STRIDE == slot
    }


def test_numbers_are_counted_by_size_and_what_is_wrong_besides() -> None:
    sums = folded(FeatureRegistry(), [(30, None), (31, None), (-3, None), ("x", None), (None, None)])
    found = counts(sums, 0)
    assert (found[MISSING], found[MISMATCHED], found[OUT_OF_RANGE]) == (1, 1, 1)
    values = {found_bin - FIRST_VALUE: count for found_bin, count in found.items() if found_bin >= FIRST_VALUE}
    np.testing.assert_allclose(sorted(value_of_bin(np.array(list(values)))), [-3, 30, 31], rtol=VALUE_ACCURACY)
    assert counts(sums, 1) == {MISSING: 5}


def test_categories_are_counted_by_code_and_those_beyond_the_limit_together() -> None:
    sums = folded(FeatureRegistry(), [(1, one) for one in ("b", "a", "c", "b", "d", 7, "__other__", [])])
    expected = {FIRST_VALUE: 2, FIRST_VALUE + 1: 1, FIRST_VALUE + OTHER_CATEGORY: 4, MISMATCHED: 1}
    assert counts(sums, 1) == expected


def test_the_first_value_decides_the_kind_and_a_missing_one_does_not() -> None:
    registry = FeatureRegistry()
    folded(registry, [(None, [])])
    assert [slot.kind for slot in registry.slots("fraud")] == [None, None]
    folded(registry, [(None, 3), ("old", "x"), (4, None)])
    assert [slot.kind for slot in registry.slots("fraud")] == ["categorical", "numeric"]


def test_another_kind_is_another_feature_and_the_old_one_stays() -> None:
    registry = FeatureRegistry()
    before = folded(registry, [(1, "a")])
    changed = binary_model(features=[{"name": "age", "kind": "categorical"}, "job"])
    after = folded(registry, [(1, "a")], changed)
    assert [(slot.name, slot.kind) for slot in registry.slots("fraud")] == [
        ("age", "numeric"),
        ("job", "categorical"),
        ("age", "categorical"),
    ]
    assert counts(after, 2) == {FIRST_VALUE: 1}
    assert counts(after, 1) == counts(before, 1)


def test_what_is_stored_gives_the_same_codes_again() -> None:
    registry, again = FeatureRegistry(), FeatureRegistry()
    folded(registry, [(1, "b"), (2, "a")])
    ((_, content),) = registry.changes()
    assert registry.changes() == []
    again.restore(content)
    assert again.changes() == []
    rows = [(5, "a"), ("x", "z"), (3, "b")]
    first, second = folded(registry, rows), folded(again, rows)
    np.testing.assert_array_equal(first.cells, second.cells)
    np.testing.assert_array_equal(first.values, second.values)


ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=15)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_it_does_not_matter_how_events_are_batched(first: list[tuple[Any, Any]], second: list[tuple[Any, Any]]) -> None:
    apart, together = FeatureRegistry(), FeatureRegistry()
    merged = folded(apart, first).merge(folded(apart, second))
    at_once = folded(together, first + second)
    np.testing.assert_array_equal(merged.cells, at_once.cells)
    np.testing.assert_array_equal(merged.values, at_once.values)
    assert apart.slots("fraud") == together.slots("fraud")


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_folding_with_weight_minus_one_takes_back(rows: list[tuple[Any, Any]]) -> None:
    sums = folded(FeatureRegistry(), rows)
    back = Sums.fold(sums.cells, sums.values, -1.0)
    assert not sums.merge(back).values.any()


@given(st.floats(VALUE_FLOOR, VALUE_CEILING / 2), st.sampled_from([-1.0, 1.0]))
def test_a_bin_stands_for_its_values_to_the_stated_accuracy(amount: float, sign: float) -> None:
    (stands_for,) = value_of_bin(value_bin(np.array([sign * amount])))
    assert stands_for == pytest.approx(sign * amount, rel=VALUE_ACCURACY * 1.000001)


def test_bins_rise_with_values_and_stay_within_their_number() -> None:
    values = np.array([-1e300, -1e12, -5.0, -1e-5, -1e-9, 0.0, 1e-9, 1e-5, 5.0, 1e12, 1e300])
    bins = value_bin(values)
    assert (np.diff(bins) >= 0).all()
    assert bins[0] == 0
    assert bins[-1] == VALUE_BINS - 1
    assert bins[4] == bins[5] == bins[6]
