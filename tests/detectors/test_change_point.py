"""FOCuS against the naive CUSUM that looks at every possible time of the change."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ml_exporter.detectors import Bucket, Settings, detector, focus
from ml_exporter.detectors.interface import CHANGE_TIME, CHANGED_LEVEL, CHANGED_OUTCOMES
from tests.detectors.builders import MINUTE, START, baseline, binomial_buckets, counts, every, run, values

CHANGE_POINT = detector("change_point")


def entropy(share: float, expected: float) -> float:
    first = share * math.log(share / expected) if share > 0 else 0.0
    second = (1 - share) * math.log((1 - share) / (1 - expected)) if share < 1 else 0.0
    return first + second


def naive_counts(pairs: list[tuple[int, int]], e0: float, phi: float) -> tuple[float, int]:
    """Return the largest likelihood ratio over all times of the change, and that time."""
    best, at = 0.0, -1
    for begin in range(len(pairs)):
        outcomes, bad = (sum(column) for column in zip(*pairs[begin:], strict=True))
        if outcomes > 0 and bad > outcomes * e0:
            ratio = outcomes * entropy(bad / outcomes, e0) / phi
            if ratio > best + 1e-9:
                best, at = ratio, begin
    return best, at


@effort(max_examples=60, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 20), st.floats(0, 1)), min_size=1, max_size=60),
    e0=st.floats(0.02, 0.9),
    phi=st.floats(1, 4),
)
def test_counts_equal_the_naive_cusum_over_all_times(pairs: list[tuple[int, float]], e0: float, phi: float) -> None:
    whole = [(outcomes, round(outcomes * share)) for outcomes, share in pairs]
    buckets = [counts(index, every(1, n), every(1, k)) for index, (n, k) in enumerate(whole)]
    _, evidence = run(CHANGE_POINT, buckets, baseline(1, bound=e0, overdispersion=phi))
    best, at = naive_counts(whole, e0, phi)
    assert evidence.log10_evidence[0] * math.log(10) == pytest.approx(best, rel=1e-6, abs=1e-7)
    if best > 1e-6:
        begin = round((evidence.extras[CHANGE_TIME][0] - START) / MINUTE)
        outcomes, bad = (sum(column) for column in zip(*whole[begin:], strict=True))
        assert outcomes * entropy(bad / outcomes, e0) / phi == pytest.approx(best, rel=1e-6, abs=1e-7)
        assert evidence.extras[CHANGED_OUTCOMES][0] == outcomes
        assert evidence.extras[CHANGED_LEVEL][0] == pytest.approx(bad / outcomes)
    assert at < len(whole)


@effort(max_examples=40, deadline=None)
@given(series=st.lists(st.floats(-3, 3), min_size=1, max_size=60))
def test_values_equal_the_naive_cusum_over_all_times(series: list[float]) -> None:
    buckets = [values(index, every(1, 5 + 2 * value)) for index, value in enumerate(series)]
    known = baseline(1, bound=5, mean=5, std=2, lower=-np.inf, upper=np.inf)
    _, evidence = run(CHANGE_POINT, buckets, known)
    best = max(max(sum(series[begin:]), 0.0) ** 2 / (2 * (len(series) - begin)) for begin in range(len(series)))
    assert evidence.log10_evidence[0] * math.log(10) == pytest.approx(best, rel=1e-6, abs=1e-7)


def test_only_a_handful_of_times_is_kept() -> None:
    buckets = binomial_buckets(np.random.default_rng(0), 0.08, 50, 2000)
    state, _ = run(CHANGE_POINT, buckets, baseline(50))
    assert state["blocks"].shape[1] < 40
    assert focus.heights(state["blocks"]).mean() < 8


def test_the_date_of_a_change_is_found() -> None:
    random = np.random.default_rng(1)
    buckets = [*binomial_buckets(random, 0.08, 200, 300), *binomial_buckets(random, 0.11, 200, 120, first=300)]
    _, evidence = run(CHANGE_POINT, buckets, baseline(200, bound=0.085))
    assert evidence.alarm.all()
    minutes = (evidence.extras[CHANGE_TIME] - START) / MINUTE
    assert abs(np.median(minutes) - 300) <= 2
    assert np.mean(np.abs(minutes - 300) <= 15) > 0.9
    np.testing.assert_allclose(evidence.extras[CHANGED_LEVEL].mean(), 0.11, atol=0.002)


def test_where_the_baseline_follows_a_rhythm_so_does_what_is_expected() -> None:
    random = np.random.default_rng(2)
    state = CHANGE_POINT.start(100)
    for index in range(2 * 1440 // 10):
        rate = 0.08 + 0.04 * math.sin(2 * math.pi * index / 144)
        bucket = counts(index, every(100, 400), random.binomial(400, rate, 100))
        state, evidence = CHANGE_POINT.update(state, baseline(100, bound=rate + 0.003), bucket, Settings())
        assert not evidence.alarm.any()


def test_a_stream_without_a_rise_has_no_date() -> None:
    bucket = Bucket(START, MINUTE, every(1, 100), every(1, 2), every(1, np.nan))
    _, evidence = run(CHANGE_POINT, [bucket], baseline(1))
    assert evidence.log10_evidence[0] == 0
    assert np.isnan(evidence.extras[CHANGE_TIME][0])
