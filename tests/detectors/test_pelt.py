"""Offline change points against brute force over all partitions."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ml_exporter.detectors.pelt import Loss, change_points

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def loss_of(segment: Floats, loss: Loss) -> float:
    centre = np.median(segment, axis=0) if loss == "absolute" else segment.mean(axis=0)
    away = segment - centre
    return float(np.abs(away).sum() if loss == "absolute" else (away**2).sum())


def cost_of(series: Floats, cuts: tuple[int, ...], loss: Loss, penalty: float) -> float:
    scaled = (series - series.mean(axis=0)) / series.std(axis=0)
    edges = [0, *cuts, len(series)]
    segments = [scaled[begin:end] for begin, end in itertools.pairwise(edges)]
    return sum(loss_of(segment, loss) for segment in segments) + penalty * len(cuts)


def brute_force(series: Floats, loss: Loss, penalty: float, shortest: int) -> float:
    """Return the smallest cost over every partition into segments that are long enough."""
    points = len(series)
    possible = (
        cuts
        for number in range(points)
        for cuts in itertools.combinations(range(1, points), number)
        if min(np.diff([0, *cuts, points])) >= shortest
    )
    return min(cost_of(series, cuts, loss, penalty) for cuts in possible)


@pytest.mark.parametrize("loss", ["absolute", "squared"])
@effort(max_examples=40, deadline=None)
@given(
    series=st.lists(st.integers(-4, 4), min_size=4, max_size=9).filter(lambda series: len(set(series)) > 1),
    penalty=st.floats(0.05, 6),
    shortest=st.integers(1, 3),
)
def test_the_partition_is_the_best_of_all(loss: Loss, series: list[int], penalty: float, shortest: int) -> None:
    values = np.array(series, dtype=float)[:, None]
    found = tuple(change_points(values, loss, penalty, shortest).tolist())
    if len(series) >= 2 * shortest:
        assert min(np.diff([0, *found, len(series)])) >= shortest
        expected = brute_force(values, loss, penalty, shortest)
        assert cost_of(values, found, loss, penalty) == pytest.approx(expected, abs=1e-9)
    else:
        assert not found


@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_two_dimensions_change_together(loss: Loss) -> None:
    random = np.random.default_rng(0)
    series = random.normal(0, 1, (10, 2))
    series[6:] += 2
    found = tuple(change_points(series, loss, 1.0, 2).tolist())
    assert cost_of(series, found, loss, 1.0) == pytest.approx(brute_force(series, loss, 1.0, 2))


@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_steps_are_found_by_default_and_noise_has_none(loss: Loss) -> None:
    random = np.random.default_rng(1)
    steps = np.concatenate([random.normal(level, 0.3, 150) for level in (0, 1, -0.5, 0.5)])
    np.testing.assert_allclose(change_points(steps, loss), [150, 300, 450], atol=2)
    assert sum(len(change_points(random.normal(0, 1, 300), loss)) for _ in range(20)) <= 1


def test_absolute_deviations_hardly_notice_outliers() -> None:
    random = np.random.default_rng(2)
    series = np.concatenate([random.normal(0, 1, 200), random.normal(6, 1, 200)])
    series[[50, 51, 300, 301]] = [60, 60, -60, -60]
    np.testing.assert_allclose(change_points(series), [200], atol=1)
    assert len(change_points(series, "squared")) > 1


@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_missing_points_say_nothing(loss: Loss) -> None:
    random = np.random.default_rng(3)
    series = np.concatenate([random.normal(0, 1, 200), random.normal(4, 1, 200)])
    series[random.random(400) < 0.3] = np.nan
    np.testing.assert_allclose(change_points(series, loss), [200], atol=3)


@pytest.mark.parametrize("series", [[], [1.0], [1.0, 2.0, 3.0], [2.0] * 50, [np.nan] * 50])
def test_where_nothing_can_change_nothing_does(series: list[float]) -> None:
    assert change_points(np.array(series)).tolist() == []


def test_many_distinct_values_are_searched_by_quantiles() -> None:
    random = np.random.default_rng(4)
    series = np.concatenate([random.normal(0, 1, 400), random.normal(1.5, 1, 400)])
    np.testing.assert_allclose(change_points(series), [400], atol=6)
