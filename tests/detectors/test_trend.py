"""The trend: what it sees, that a rhythm is none, and its forecast."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from ml_exporter.detectors import Bucket, Evidence, Settings, detector
from ml_exporter.detectors.interface import (
    CROSSING_EARLIEST,
    CROSSING_LATEST,
    CROSSING_TIME,
    TREND_LOWER,
    TREND_PER_DAY,
    TREND_UPPER,
)
from tests.detectors.builders import START, baseline, every

TREND = detector("trend")
DAY = 86400.0
WIDTH = 1800.0


def drift(
    seed: int,
    streams: int,
    days: float,
    rate: Callable[[float], float],
    normal: Callable[[float], float] = lambda _: 0.08,
    objective: float = math.nan,
) -> Evidence:
    """Return the evidence after some days of buckets of half an hour with 3,000 outcomes each."""
    random = np.random.default_rng(seed)
    state = TREND.start(streams)
    settings = Settings(objective=every(streams, objective))
    for index in range(int(days * DAY / WIDTH)):
        since = index * WIDTH
        bad = random.binomial(3000, rate(since), streams).astype(float)
        bucket = Bucket(START + since, WIDTH, every(streams, 3000), bad, every(streams, np.nan))
        state, evidence = TREND.update(state, baseline(streams, mean=normal(since)), bucket, settings)
    return evidence


def test_the_slope_by_day_lies_in_its_interval() -> None:
    evidence = drift(0, 200, 3, lambda since: 0.08 + 0.02 * since / DAY)
    slope = evidence.extras[TREND_PER_DAY]
    np.testing.assert_allclose(slope.mean(), 0.02, rtol=0.02)
    inside = (evidence.extras[TREND_LOWER] <= 0.02) & (evidence.extras[TREND_UPPER] >= 0.02)
    assert 0.9 <= inside.mean() <= 0.99
    assert evidence.alarm.all()


def test_evidence_is_one_over_the_one_sided_p_value_of_the_mean_levels_of_blocks() -> None:
    random = np.random.default_rng(1)
    levels = random.normal(0.1, 0.01, 36)
    state = TREND.start(1)
    for index in range(37):
        level = levels[min(index, 35)]
        bucket = Bucket(START + 7200 * index, 7200.0, every(1, 1), every(1, np.nan), every(1, level))
        state, evidence = TREND.update(state, baseline(1), bucket, Settings())
    kendall = stats.kendalltau(np.arange(36), levels, method="asymptotic", alternative="greater")
    assert evidence.log10_evidence[0] == pytest.approx(-math.log10(kendall.pvalue), rel=1e-9)


def test_nothing_is_said_before_a_day_has_passed() -> None:
    evidence = drift(2, 3, 0.9, lambda since: 0.08 + 0.2 * since / DAY)
    assert np.isnan(evidence.log10_evidence).all()


def test_a_daily_rhythm_that_the_baseline_knows_is_no_trend() -> None:
    def rhythm(since: float) -> float:
        return 0.08 + 0.03 * math.sin(2 * math.pi * since / DAY)

    known = drift(3, 100, 2.25, rhythm, normal=rhythm)
    assert known.alarm.mean() <= 0.02
    unknown = drift(3, 100, 1.25, rhythm)
    assert np.abs(unknown.extras[TREND_PER_DAY]).mean() > 5 * np.abs(known.extras[TREND_PER_DAY]).mean()


def test_a_level_that_falls_is_no_alarm_and_has_no_forecast() -> None:
    evidence = drift(4, 20, 3, lambda since: 0.2 - 0.02 * since / DAY, objective=0.3)
    assert not evidence.alarm.any()
    assert np.isnan(evidence.extras[CROSSING_TIME]).all()


def test_the_crossing_of_the_objective_lies_in_its_interval() -> None:
    evidence = drift(5, 300, 3, lambda since: 0.08 + 0.02 * since / DAY, objective=0.18)
    crossing = START + 5 * DAY
    earliest, latest = evidence.extras[CROSSING_EARLIEST], evidence.extras[CROSSING_LATEST]
    assert abs(evidence.extras[CROSSING_TIME].mean() - crossing) < 0.05 * DAY
    inside = (earliest <= crossing) & (latest >= crossing)
    assert 0.9 <= inside.mean() <= 0.99
    assert ((latest - earliest) < DAY).all()


def test_there_is_no_forecast_where_the_objective_is_crossed_already_or_out_of_sight() -> None:
    crossed = drift(6, 20, 3, lambda since: 0.08 + 0.02 * since / DAY, objective=0.09)
    assert np.isnan(crossed.extras[CROSSING_TIME]).all()
    far = drift(7, 20, 3, lambda since: 0.08 + 0.02 * since / DAY, objective=5.0)
    assert np.isnan(far.extras[CROSSING_TIME]).all()


def test_blocks_older_than_three_days_are_forgotten() -> None:
    state = TREND.start(1)
    for day, level in ((0, 0.9), (10, 0.1)):
        for index in range(24):
            bucket = Bucket(START + day * DAY + 7200 * index, 7200.0, every(1, 1), every(1, np.nan), every(1, level))
            state, evidence = TREND.update(state, baseline(1), bucket, Settings())
    assert evidence.extras[TREND_PER_DAY][0] == 0
