"""Intervals of the binary task: do they hold the true value about 95 times of 100?"""

import numpy as np
import pytest
from scipy import integrate, special, stats

from ml_exporter import catalogue
from ml_exporter.catalogue import Statistics, intervals
from tests.builders import binary_model, outcomes
from tests.catalogue.test_class_intervals import SERIES, binary_events, coverage
from tests.catalogue.whole_path import NOW, statistics

MODEL = binary_model()


@pytest.mark.parametrize(
    ("rows", "positive", "recall", "wrong"), [(50, 0.5, 0.9, 0.1), (100, 0.3, 0.6, 0.2), (500, 0.1, 0.9, 0.01)]
)
def test_intervals_of_decisions(rows: int, positive: float, recall: float, wrong: float) -> None:
    found = statistics(binary_events(np.random.default_rng(rows + 1), rows, positive, recall, wrong), MODEL, SERIES)
    hit, false_alarm, miss = positive * recall, (1 - positive) * wrong, positive * (1 - recall)
    truths = {
        "accuracy": hit + (1 - positive) * (1 - wrong),
        "precision": hit / (hit + false_alarm),
        "recall": recall,
        "f1": 2 * hit / (2 * hit + false_alarm + miss),
    }
    for metric_id, truth in truths.items():
        assert 0.925 <= coverage(metric_id, found, "binary", truth) <= 0.98, metric_id


@pytest.mark.parametrize("share", [0.9, 0.99, 0.5])
def test_wilson_equals_scipys(share: float) -> None:
    for trials in (1, 7, 50, 1000):
        successes = round(share * trials)
        expected = stats.binomtest(successes, trials).proportion_ci(0.95, "wilson")
        lower, upper = intervals.wilson(np.array([float(successes)]), np.array([float(trials)]))
        assert lower[0] == pytest.approx(expected.low, abs=1e-12)
        assert upper[0] == pytest.approx(expected.high, abs=1e-12)


@pytest.mark.parametrize(
    ("positives", "negatives", "distance", "lowest", "highest"),
    [
        (200, 200, 1.0, 0.93, 0.97),
        (60, 600, 1.5, 0.93, 0.97),
        (100, 100, 3.0, 0.93, 0.98),
        (20, 30, 1.0, 0.93, 0.99),  # from here on Hanley and McNeil, who are careful
        (30, 20, -1.0, 0.93, 0.99),
        (10, 500, 2.0, 0.93, 1.0),
        (5, 5, 2.0, 0.93, 1.0),
        (40, 40, 4.0, 0.93, 1.0),
    ],
)
def test_interval_of_the_roc_auc(
    positives: int, negatives: int, distance: float, lowest: float, highest: float
) -> None:
    random = np.random.default_rng(positives)
    actual = np.tile(np.repeat([1.0, 0.0], [positives, negatives]), SERIES)
    score = special.expit(random.normal(distance * actual, 1.0))
    series = np.repeat(np.arange(SERIES), positives + negatives)[:, None]
    found = statistics(outcomes(score >= 0.5, actual, score=score, series=series, at=NOW - 1), MODEL, SERIES)
    truth = float(stats.norm.cdf(distance / np.sqrt(2)))
    assert lowest <= coverage("auc_roc", found, "binary", truth) <= highest


def test_delongs_variance_equals_a_plain_loop_over_pairs() -> None:
    random = np.random.default_rng(3)
    positive, negative = random.integers(2, 9, 60) / 10, random.integers(1, 8, 80) / 10
    kernel = np.array([[float(p > n) + 0.5 * (p == n) for n in negative] for p in positive])
    area = kernel.mean()
    variance = kernel.mean(axis=1).var(ddof=1) / 60 + kernel.mean(axis=0).var(ddof=1) / 80
    half = intervals.Z * np.sqrt(variance) / (area * (1 - area))
    grid = np.arange(1, 10) / 10
    histograms = [
        np.array([[np.isclose(scores, point).sum() for point in grid]], dtype=float) for scores in (negative, positive)
    ]
    value, lower, upper = intervals.auc_roc(*histograms)
    assert value[0] == pytest.approx(area)
    assert lower[0] == pytest.approx(special.expit(special.logit(area) - half))
    assert upper[0] == pytest.approx(special.expit(special.logit(area) + half))


def test_classes_that_are_told_apart_without_a_fault_are_almost_certain() -> None:
    for count, lowest in ((10, 0.6), (100, 0.95), (1000, 0.99)):
        value, lower, upper = intervals.auc_roc(*(np.array([side]) for side in ([count, 0.0], [0.0, count])))
        assert (value[0], upper[0]) == (1.0, 1.0)
        assert lowest < lower[0] < 1.0
        value, lower, upper = intervals.auc_roc(*(np.array([side]) for side in ([0.0, count], [count, 0.0])))
        assert (value[0], lower[0]) == (0.0, 0.0)
        assert 0.0 < upper[0] < 1 - lowest


def test_an_area_near_1_of_a_rare_class_is_bounded_more_narrowly_than_nothing() -> None:
    positives, negatives = np.array([[0.0, 1.0, 9.0]]), np.array([[498.0, 2.0, 0.0]])
    value, lower, upper = intervals.auc_roc(negatives, positives)
    assert 0.99 < value[0] < 1.0
    assert 0.6 < lower[0] < value[0] < upper[0] <= 1.0


@pytest.mark.parametrize("rows", [100, 1000])
def test_intervals_of_losses(rows: int) -> None:
    random = np.random.default_rng(rows)
    score = random.beta(2, 2, SERIES * rows)
    actual = random.random(SERIES * rows) < score
    series = np.repeat(np.arange(SERIES), rows)[:, None]
    found = statistics(outcomes(score >= 0.5, actual, score=score, series=series, at=NOW - 1), MODEL, SERIES)
    density = stats.beta(2, 2).pdf
    truths = {
        "brier_score": integrate.quad(lambda s: density(s) * s * (1 - s), 0, 1)[0],
        "log_loss": integrate.quad(lambda s: -density(s) * (special.xlogy(s, s) + special.xlogy(1 - s, 1 - s)), 0, 1)[
            0
        ],
    }
    for metric_id, truth in truths.items():
        assert 0.93 <= coverage(metric_id, found, "binary", truth) <= 0.97, metric_id


def test_one_outcome_alone_has_no_interval_of_its_loss_and_equal_ones_a_narrow_one() -> None:
    one = statistics(outcomes([1], [1], score=[0.8], at=NOW - 1), MODEL)
    equal = statistics(outcomes([1] * 50, [1] * 50, score=[0.8] * 50, at=NOW - 1), MODEL)
    for metric_id in ("log_loss", "brier_score"):
        assert np.isnan(bounds(metric_id, one)).all()
        lower, upper = bounds(metric_id, equal)
        assert 0 <= lower <= upper <= lower + 1e-6


def bounds(metric_id: str, found: Statistics) -> tuple[float, float]:
    """Return the bounds of the one series."""
    estimate = catalogue.metric(metric_id, "binary").estimate(found)
    return float(estimate.lower[0]), float(estimate.upper[0])
