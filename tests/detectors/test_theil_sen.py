"""Theil-Sen and Mann-Kendall against scipy, one stream at a time."""

import numpy as np
import pytest
from scipy import stats

from ml_exporter.detectors.theil_sen import lines


@pytest.mark.parametrize("digits", [0, 1, 12])
def test_lines_equal_those_of_scipy_with_ties_and_gaps(digits: int) -> None:
    random = np.random.default_rng(digits)
    time = np.cumsum(random.integers(1, 5, 36)).astype(float)
    level = np.round(random.normal(0, 1, (60, 36)) + 0.02 * time, digits)
    level[random.random(level.shape) < 0.15] = np.nan
    drawn = lines(time, level)
    for stream, own in enumerate(level):
        known = ~np.isnan(own)
        expected = stats.theilslopes(own[known], time[known], alpha=0.95)
        found = [drawn.slope[stream], drawn.lower[stream], drawn.upper[stream]]
        np.testing.assert_allclose(found, [expected.slope, expected.low_slope, expected.high_slope])
        assert drawn.time[stream] == np.median(time[known])
        joint = stats.theilslopes(own[known], time[known], method="joint")
        assert drawn.level[stream] == pytest.approx(joint.intercept + joint.slope * np.median(time[known]))
        rest = own[known] - joint.intercept - joint.slope * time[known]
        error = stats.median_abs_deviation(rest, scale="normal") * np.sqrt(np.pi / 2 / known.sum())
        assert drawn.level_margin[stream] == pytest.approx(stats.norm.ppf(0.975) * error)
        kendall = stats.kendalltau(time[known], own[known], method="asymptotic")
        assert 2 * stats.norm.sf(abs(drawn.mann_kendall[stream])) == pytest.approx(kendall.pvalue)
        assert np.sign(drawn.mann_kendall[stream]) == np.sign(kendall.statistic)


def test_fewer_than_two_points_have_no_line() -> None:
    drawn = lines(np.arange(3.0), np.array([[np.nan, 1.0, np.nan], [np.nan] * 3, [1.0, np.nan, 3.0]]))
    assert np.isnan(drawn.slope).tolist() == [True, True, False]
    assert drawn.slope[2] == 1


def test_a_level_that_never_moves_has_no_trend() -> None:
    drawn = lines(np.arange(20.0), np.full((1, 20), 0.3))
    assert drawn.slope[0] == 0
    assert drawn.mann_kendall[0] == 0


def test_no_streams_have_no_lines() -> None:
    assert lines(np.arange(5.0), np.empty((0, 5))).slope.shape == (0,)
