"""Comparisons against scipy, and what they are where nothing has drifted."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chi2_contingency, ks_2samp, kstest, wasserstein_distance

from ml_exporter.catalogue.value_bins import VALUE_ACCURACY, value_bin, value_of_bin
from ml_exporter.detectors.drift.comparison import (
    GROUPS,
    compare_categories,
    compare_numbers,
    compare_ordered,
    equal_mass,
    smoothed,
)
from ml_exporter.detectors.drift.counts import Counts, Floats

SHAPES = {
    "normal": lambda random, rows: random.normal(3, 2, rows),
    "lognormal": lambda random, rows: random.lognormal(1, 1.5, rows),
    "negative": lambda random, rows: -random.exponential(100, rows),
    "few": lambda random, rows: random.integers(0, 4, rows).astype(float),
}


def counts(values: Floats) -> Counts:
    bins, count = np.unique(value_bin(values), return_counts=True)
    return Counts(bins, count.astype(np.float64))


@pytest.fixture(params=sorted(SHAPES))
def samples(request: pytest.FixtureRequest) -> tuple[Floats, Floats]:
    random = np.random.default_rng(1)
    draw = SHAPES[request.param]
    return draw(random, 5000), draw(random, 900) * 1.15


def test_the_ks_statistic_is_scipys_on_the_binned_values(samples: tuple[Floats, Floats]) -> None:
    before, after = samples
    binned = [value_of_bin(value_bin(values)) for values in samples]
    found = compare_numbers(counts(before), counts(after)).ks_statistic
    assert found == pytest.approx(ks_2samp(*binned, method="asymp").statistic, abs=1e-12)


def test_the_wasserstein_distance_is_scipys_within_the_error_of_the_bins(samples: tuple[Floats, Floats]) -> None:
    before, after = samples
    found = compare_numbers(counts(before), counts(after)).wasserstein
    error = VALUE_ACCURACY * (np.abs(before).mean() + np.abs(after).mean())
    assert found * before.std() == pytest.approx(wasserstein_distance(before, after), abs=1.2 * error)


def test_chi_squared_and_jensen_shannon_are_scipys_on_the_groups(samples: tuple[Floats, Floats]) -> None:
    before, after = (counts(values) for values in samples)
    bins = np.union1d(before.bins, after.bins)
    wide = [np.array([one.count[one.bins == bin_].sum() for bin_ in bins]) for one in (before, after)]
    group = equal_mass(wide[0])
    grouped = [np.array([side[group == number].sum() for number in range(group.max() + 1)]) for side in wide]
    found = compare_ordered(before, after)
    p_value = chi2_contingency(np.stack(grouped) + 0.5, correction=False).pvalue
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    assert found.js_distance == pytest.approx(jensenshannon(*map(smoothed, grouped), base=2), rel=1e-9)
    p, q = ((one + 0.5) / (one.sum() + len(one) / 2) for one in grouped)
    assert found.psi == pytest.approx(sum((a - b) * np.log(a / b) for a, b in zip(p, q, strict=True)), rel=1e-9)


def test_categories_are_groups_and_new_ones_are_counted() -> None:
    before, after = Counts(np.array([0, 1]), np.array([60.0, 40.0])), Counts(np.array([1, 5]), np.array([75.0, 25.0]))
    found = compare_categories(before, after)
    assert found.unseen_ratio == 0.25
    table = np.array([[60, 40, 0], [0, 75, 25]]) + 0.5
    assert found.p_value == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_what_never_varied_has_no_spread_and_a_change_of_it_shows() -> None:
    before = counts(np.full(1000, 5.0))
    same, other = compare_numbers(before, counts(np.full(500, 5.0))), compare_numbers(before, counts(np.full(500, 7.0)))
    assert (same.psi, same.p_value, same.ks_statistic) == (0.0, 1.0, 0.0)
    assert np.isnan(same.wasserstein)
    assert np.isnan(other.wasserstein)
    assert other.psi > 1
    assert other.p_value < 1e-9


def test_groups_have_equal_mass_where_bins_are_fine() -> None:
    values = np.random.default_rng(0).lognormal(0, 2, 20_000)
    found = counts(values)
    group = equal_mass(found.count)
    mass = np.bincount(group, weights=found.count) / len(values)
    assert len(mass) == GROUPS
    assert mass.max() < 1.4 / GROUPS
    assert (np.diff(group) >= 0).all()


def test_without_drift_psi_and_p_values_are_distributed_as_they_should_be() -> None:
    random = np.random.default_rng(7)
    rows = (4000, 1000)
    found = [compare_numbers(*(counts(random.lognormal(0, 1, many)) for many in rows)) for _ in range(400)]
    p_values = np.array([one.p_value for one in found])
    assert kstest(p_values, "uniform").pvalue > 0.001
    scaled = np.array([one.psi for one in found]) / (1 / rows[0] + 1 / rows[1])
    assert scaled.mean() == pytest.approx(GROUPS - 1, rel=0.1)
    assert (scaled > chi2.ppf(0.95, GROUPS - 1)).mean() == pytest.approx(0.05, abs=0.035)


def test_categories_that_have_come_and_gone_are_told_by_how_frequent_they_are_or_were() -> None:
    before = Counts(np.array([0, 1, 4]), np.array([60.0, 30.0, 10.0]))
    after = Counts(np.array([0, 2, 3]), np.array([10.0, 20.0, 20.0]))
    found = compare_categories(before, after)
    assert found.unseen_ratio == pytest.approx(40 / 50)
    assert found.vanished_ratio == pytest.approx(40 / 100)
    same = compare_categories(before, before)
    assert same.unseen_ratio == same.vanished_ratio == 0
    assert np.isnan(compare_numbers(before, after).vanished_ratio)
