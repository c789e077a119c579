"""The mixture e-SR detector on counts, against a plain loop, and at the edges of its arithmetic."""

import math

import numpy as np
import pytest

from ml_exporter.detectors import Settings, detector, sequential
from tests.detectors.builders import baseline, binomial_buckets, counts, every, run

SEQUENTIAL = detector("sequential")


def plain_loop(buckets: list[tuple[int, int]], e0: float, phi: float) -> float:
    """Compute log10 of the mean M the way the formula is written."""
    rates = sequential.alternatives(np.array([e0]))[0]
    evidence = [0.0] * len(rates)
    for outcomes, bad in buckets:
        if outcomes == 0:
            continue
        for place, rate in enumerate(rates):
            logs = bad * math.log(rate / e0) + (outcomes - bad) * math.log((1 - rate) / (1 - e0))
            evidence[place] = (1 + evidence[place]) * math.exp(logs / phi)
    return math.log10(sum(evidence) / len(evidence))


@pytest.mark.parametrize(("e0", "phi"), [(0.08, 1.0), (0.5, 2.5), (0.001, 1.0), (0.95, 1.7)])
def test_evidence_is_that_of_the_formula(e0: float, phi: float) -> None:
    random = np.random.default_rng(0)
    pairs = [(int(n), int(random.binomial(n, min(1.3 * e0, 1)))) for n in random.integers(0, 80, 60)]
    buckets = [counts(index, every(1, n), every(1, k)) for index, (n, k) in enumerate(pairs)]
    _, evidence = run(SEQUENTIAL, buckets, baseline(1, bound=e0, overdispersion=phi))
    assert evidence.log10_evidence[0] == pytest.approx(plain_loop(pairs, e0, phi), rel=1e-9)


def test_the_alternatives_are_fourteen_rates_between_the_bound_and_one() -> None:
    bounds = np.array([1e-6, 0.001, 0.08, 0.5, 0.9, 0.999])
    rates = sequential.alternatives(bounds)
    assert rates.shape == (6, 14)
    assert (rates > bounds[:, None]).all()
    assert (rates < 1).all()
    np.testing.assert_allclose(rates[2], 0.08 + np.geomspace(0.004, 0.5, 14)[:14].clip(max=0.46))


def test_a_bucket_in_which_all_is_bad_and_one_with_a_billion_outcomes_stay_finite() -> None:
    buckets = [counts(0, every(2, 50), np.array([50.0, 0.0])), counts(1, every(2, 1e9), np.array([2e8, 8e7]))]
    _, evidence = run(SEQUENTIAL, buckets, baseline(2))
    assert evidence.log10_evidence[0] > 1e6
    assert np.isfinite(evidence.log10_evidence[0])
    assert evidence.alarm.tolist() == [True, False]


def test_a_bound_of_zero_or_one_says_nothing() -> None:
    buckets = binomial_buckets(np.random.default_rng(1), 0.5, 2, 20)
    _, evidence = run(SEQUENTIAL, buckets, baseline(2, bound=np.array([0.0, 1.0])))
    assert np.isnan(evidence.log10_evidence).all()
    assert not evidence.alarm.any()


def test_values_are_no_counts() -> None:
    bucket = counts(0, every(1, 10), every(1, np.nan))
    _, evidence = run(SEQUENTIAL, [bucket], baseline(1))
    assert np.isnan(evidence.log10_evidence[0])


def test_overdispersion_makes_evidence_weigh_less() -> None:
    buckets = list(binomial_buckets(np.random.default_rng(2), 0.12, 2, 40))
    _, evidence = run(SEQUENTIAL, [*buckets], baseline(2, overdispersion=np.array([1.0, 4.0])))
    assert evidence.log10_evidence[1] < evidence.log10_evidence[0] / 2


def test_the_threshold_counts_buckets_that_hold_outcomes() -> None:
    settings = Settings(false_alarm_every=30 * 86400.0)
    known = baseline(4, filled=np.array([1.0, 1 / 1440, np.nan, 0.0]))
    np.testing.assert_allclose(settings.threshold(known, 60.0), [43_200, 30, 43_200, 20])
