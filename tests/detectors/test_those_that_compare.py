"""The detectors kept for comparison, against scipy."""

import numpy as np
import pytest
from scipy import stats

from ml_exporter.detectors import Settings, detector, linear_trend, recent, t_test, window_change_point
from ml_exporter.detectors.interface import TREND_PER_DAY, Z_SCORE
from tests.detectors.builders import Floats, baseline, every, run, values

PAST = np.random.default_rng(0).normal(0.1, 0.02, 500)
KNOWN = baseline(1, mean=PAST.mean(), typical=PAST.mean(), std=PAST.std(ddof=1), buckets=len(PAST))


def series(seed: int, length: int, shift: float = 0.0) -> Floats:
    return np.random.default_rng(seed).normal(0.1 + shift, 0.02, length)


@pytest.mark.parametrize("seed", range(5))
def test_the_t_test_is_welchs_of_the_last_five_buckets(seed: int) -> None:
    now = series(seed, 30, 0.01)
    _, evidence = run(detector("t_test"), [values(index, every(1, level)) for index, level in enumerate(now)], KNOWN)
    expected = stats.ttest_ind(now[-5:], PAST, equal_var=False)
    logs = -np.log10(expected.pvalue) if expected.statistic > 0 else 0.0
    assert evidence.log10_evidence[0] == pytest.approx(logs)
    assert evidence.log10_threshold[0] == pytest.approx(-np.log10(0.05))


def test_the_t_test_says_nothing_of_a_single_bucket() -> None:
    _, evidence = run(detector("t_test"), [values(0, every(1, 0.5))], KNOWN)
    assert np.isnan(evidence.log10_evidence[0])


def test_welch_of_two_samples_that_do_not_vary_is_no_test() -> None:
    constant = (every(1, 1.0), every(1, 0.0), every(1, 5.0))
    assert np.isnan(t_test.welch(constant, constant)[1][0])


@pytest.mark.parametrize(("length", "window"), [(15, 15), (60, 60), (150, 60)])
def test_the_linear_trend_is_the_regression_over_the_last_sixty_buckets(length: int, window: int) -> None:
    now = series(length, length)
    _, evidence = run(
        detector("linear_trend"), [values(index, every(1, level)) for index, level in enumerate(now)], KNOWN
    )
    expected = stats.linregress(np.arange(window), now[-window:])
    logs = -np.log10(expected.pvalue) if expected.slope > 0 else 0.0
    assert evidence.log10_evidence[0] == pytest.approx(logs)
    assert evidence.extras[TREND_PER_DAY][0] == pytest.approx(expected.slope * 1440)


def test_nine_buckets_have_no_line() -> None:
    slope, p_value = linear_trend.regression(np.arange(9.0)[None, :])
    assert np.isnan(slope[0])
    assert np.isnan(p_value[0])


@pytest.mark.parametrize("length", [20, 47, 60])
def test_sliding_tests_are_students_on_each_side_of_a_place(length: int) -> None:
    now = series(length, length, 0.0)
    window = np.full((1, 60), np.nan)
    window[0, 60 - length :] = now
    half = max(5, length // 10)
    p_values = window_change_point.split_tests(window)[0, 60 - length :]
    for place in range(length):
        if half <= place < length - half:
            expected = stats.ttest_ind(now[place - half : place], now[place : place + half]).pvalue
            assert p_values[place] == pytest.approx(expected)
        else:
            assert np.isnan(p_values[place])


def test_a_step_inside_the_window_is_found_and_one_for_the_better_is_not_an_alarm() -> None:
    for shift, alarm in ((0.1, True), (-0.05, False)):
        now = np.concatenate([series(1, 30), series(2, 30, shift)])
        _, evidence = run(
            detector("window_change_point"), [values(index, every(1, level)) for index, level in enumerate(now)], KNOWN
        )
        assert evidence.alarm[0] == alarm


def test_the_z_score_is_that_of_the_mean_of_an_hour() -> None:
    now = series(3, 100, 0.05)
    _, evidence = run(detector("z_score"), [values(index, every(1, level)) for index, level in enumerate(now)], KNOWN)
    score = (now[-60:].mean() - PAST.mean()) / PAST.std(ddof=1)
    assert evidence.extras[Z_SCORE][0] == pytest.approx(score)
    assert evidence.log10_evidence[0] == pytest.approx(-np.log10(stats.norm.sf(score)))
    assert evidence.alarm[0] == (score >= 2)


def test_the_majority_is_two_of_three() -> None:
    random = np.random.default_rng(4)
    known = baseline(300, mean=0.1, std=0.02, buckets=500)
    buckets = [values(index, random.normal(0.1 + 0.0003 * index, 0.02, 300)) for index in range(70)]
    votes = sum(
        run(detector(name), buckets, known)[1].alarm.astype(int)
        for name in ("t_test", "linear_trend", "window_change_point")
    )
    _, evidence = run(detector("majority_vote"), buckets, known)
    np.testing.assert_array_equal(evidence.alarm, votes >= 2)
    assert set(votes) >= {0, 1, 2}


def test_sensitivity_is_the_users() -> None:
    _, evidence = run(detector("t_test"), [values(0, every(1, 0.1))] * 2, KNOWN, Settings(sensitivity=0.001))
    assert evidence.log10_threshold[0] == pytest.approx(3)


def test_the_last_levels_are_kept_in_order() -> None:
    state = recent.start(2, 3)
    for index in range(5):
        state = recent.push(state, every(2, index), np.array([True, index % 2 == 0]))
    np.testing.assert_array_equal(recent.in_order(state), [[2, 3, 4], [0, 2, 4]])
    state = recent.push(recent.start(1, 3), every(1, 7), np.array([True]))
    np.testing.assert_array_equal(recent.in_order(state), [[np.nan, np.nan, 7]])
