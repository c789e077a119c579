"""The betting detector on bounded values, against a plain loop."""

import math

import numpy as np
import pytest

from ml_exporter.detectors import betting, detector
from tests.detectors.builders import baseline, run, values

BETTING = detector("betting")


def plain_loop(series: list[float], bound: float) -> float:
    stakes = betting.stakes(np.array([bound]))[0]
    evidence = [0.0] * len(stakes)
    for value in series:
        if math.isnan(value):
            continue
        for place, stake in enumerate(stakes):
            evidence[place] = (1 + evidence[place]) * (1 + stake * (min(max(value, 0), 1) - bound))
    return math.log10(sum(evidence) / len(evidence))


def test_evidence_is_that_of_the_formula_on_the_scale_of_the_bounds() -> None:
    random = np.random.default_rng(0)
    series = [float(value) for value in random.beta(3, 9, 80)]
    series[10] = math.nan
    buckets = [values(index, np.array([value, 4 * value - 3])) for index, value in enumerate(series)]
    known = baseline(2, bound=np.array([0.2, 4 * 0.2 - 3]), lower=np.array([0, -3]), upper=np.array([1, 1]))
    _, evidence = run(BETTING, buckets, known)
    np.testing.assert_allclose(evidence.log10_evidence, plain_loop(series, 0.2), rtol=1e-9)


def test_values_beyond_their_bounds_count_as_the_bounds() -> None:
    _, far = run(BETTING, [values(0, np.array([7.0]))], baseline(1, bound=0.3))
    _, just = run(BETTING, [values(0, np.array([1.0]))], baseline(1, bound=0.3))
    assert far.log10_evidence[0] == just.log10_evidence[0]


def test_no_stake_can_lose_everything() -> None:
    bounds = np.array([1e-3, 0.2, 0.999])
    stakes = betting.stakes(bounds)
    assert (1 - stakes * bounds[:, None] > 0).all()
    np.testing.assert_allclose(stakes[:, -1] * bounds, 0.99)
    assert (np.diff(stakes, axis=1) > 0).all()


def test_unbounded_values_are_not_judged() -> None:
    known = baseline(2, upper=np.array([np.inf, 1.0]), bound=0.3)
    _, evidence = run(BETTING, [values(0, np.array([0.5, 0.5]))], known)
    assert np.isnan(evidence.log10_evidence).tolist() == [True, False]


@pytest.mark.parametrize("spread", [3.0, 30.0])
def test_a_worse_mean_is_found_and_an_equal_one_is_not(spread: float) -> None:
    random = np.random.default_rng(1)
    known = baseline(40, bound=0.25)
    worse = [values(index, random.beta(0.4 * spread, 0.6 * spread, 40)) for index in range(400)]
    _, found = run(BETTING, worse, known)
    assert found.alarm.all()
    same = [values(index, random.beta(0.25 * spread, 0.75 * spread, 40)) for index in range(400)]
    _, silent = run(BETTING, same, known)
    assert not silent.alarm.any()
