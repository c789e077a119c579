"""Intervals of classification metrics: do they hold the true value about 95 times of 100?

Each case draws the outcomes of many series at once, so that one fold gives a thousand intervals.
"""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter import catalogue
from ml_exporter.catalogue import intervals
from ml_exporter.events import Outcomes
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import NOW, Array, judged, multiclass_model, statistics

SERIES = 1000
CLASSES = 4
FREQUENCY = np.array([0.5, 0.3, 0.15, 0.05])


def coverage(metric_id: str, statistics_: Mapping[str, Array], task: str, truth: float) -> float:
    """Return how many of the intervals hold the truth, of the series that have one."""
    found = catalogue.metric(metric_id, task).estimate(statistics_)
    known = ~np.isnan(found.lower)
    assert known.mean() > 0.95
    assert ((found.lower <= found.value) & (found.value <= found.upper))[known].all()
    return float(((found.lower <= truth) & (truth <= found.upper))[known].mean())


def binary_events(random: np.random.Generator, rows: int, positive: float, recall: float, wrong: float) -> Outcomes:
    """Draw outcomes of all series: how frequent positives are, found, and falsely seen."""
    actual = random.random(SERIES * rows) < positive
    predicted = random.random(SERIES * rows) < np.where(actual, recall, wrong)
    series = np.repeat(np.arange(SERIES), rows)[:, None]
    return outcomes(predicted, actual, series=series, at=NOW - 1)


@pytest.mark.parametrize(
    ("rows", "positive", "recall", "wrong"), [(60, 0.4, 0.85, 0.1), (400, 0.1, 0.7, 0.05), (400, 0.5, 0.98, 0.02)]
)
def test_intervals_of_binary_decisions(rows: int, positive: float, recall: float, wrong: float) -> None:
    events = binary_events(np.random.default_rng(rows), rows, positive, recall, wrong)
    found = statistics(events, binary_model(), SERIES)
    flagged = positive * recall + (1 - positive) * wrong
    spread = np.sqrt(positive * (1 - positive) * flagged * (1 - flagged))
    truths = {
        "specificity": 1 - wrong,
        "prevalence": positive,
        "predicted_prevalence": flagged,
        "balanced_accuracy": (recall + 1 - wrong) / 2,
        "matthews_correlation": (positive * recall - positive * flagged) / spread,
    }
    for metric_id, truth in truths.items():
        assert 0.925 <= coverage(metric_id, found, "binary", truth) <= 0.99, metric_id


@pytest.fixture(scope="module")
def several() -> tuple[Mapping[str, Array], dict[str, float]]:
    """Draw calibrated scores of four classes in 150 outcomes a series; return statistics and true values."""
    random = np.random.default_rng(11)
    logits = random.normal(np.log(FREQUENCY), 1.5, size=(SERIES * 150, CLASSES))
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    actual = (random.random(len(scores))[:, None] > np.cumsum(scores, axis=1)).sum(axis=1)
    series = np.repeat(np.arange(SERIES), 150)[:, None]
    model = multiclass_model(CLASSES, top_k=[2])
    likelihood, predicted = scores[np.arange(len(scores)), actual], scores.argmax(axis=1)
    recalls = [np.mean(predicted[actual == code] == code) for code in range(CLASSES)]
    truths = {
        "accuracy": np.mean(predicted == actual),
        "balanced_accuracy": np.mean(recalls),
        "top_2_accuracy": np.mean((scores > likelihood[:, None]).sum(axis=1) < 2),
        "log_loss": -np.mean(np.log(likelihood)),
        "brier_score": np.mean(((scores - np.eye(CLASSES)[actual]) ** 2).sum(axis=1)),
    }
    events = judged(scores, actual, series=series)
    return statistics(events, model, SERIES), {name: float(truth) for name, truth in truths.items()}


@pytest.mark.parametrize("metric_id", ["accuracy", "balanced_accuracy", "top_2_accuracy", "log_loss", "brier_score"])
def test_intervals_of_several_classes(metric_id: str, several: tuple[Mapping[str, Array], dict[str, float]]) -> None:
    found, truths = several
    assert 0.925 <= coverage(metric_id, found, "multiclass", truths[metric_id]) <= 0.99


@pytest.mark.parametrize("rows", [50, 200])
def test_the_mean_of_many_shares_with_few_trials_is_bounded_too_widely_rather_than_wrongly(rows: int) -> None:
    random = np.random.default_rng(rows)
    share = random.uniform(0.5, 1, 50)
    trials = random.multinomial(rows, np.full(50, 0.02), size=2000).astype(np.float64)
    successes = random.binomial(trials.astype(int), share).astype(np.float64)
    truth = np.where(trials > 0, share, 0).sum(axis=1) / (trials > 0).sum(axis=1)
    _, lower, upper = intervals.mean_of_shares(successes, trials)
    assert ((lower <= truth) & (truth <= upper)).mean() >= 0.94


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_the_interval_of_a_correlation_holds_its_value_and_stays_within_minus_1_and_1(cells: list[int]) -> None:
    events = [
        (actual, predicted)
        for cell, (actual, predicted) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1)))
        for _ in range(cells[cell])
    ]
    if not events:
        return
    actual, predicted = zip(*events, strict=True)
    found = catalogue.metric("matthews_correlation", "binary").estimate(
        statistics(outcomes(predicted, actual, at=NOW - 1), binary_model())
    )
    if np.isnan(found.value[0]):
        assert np.isnan([found.lower, found.upper]).all()
    else:
        assert -1 <= found.lower[0] <= found.value[0] <= found.upper[0] <= 1


def test_few_perfect_outcomes_are_not_certain() -> None:
    found = statistics(outcomes([1, 0, 1, 0], [1, 0, 1, 0], at=NOW - 1), binary_model())
    for metric_id in ("matthews_correlation", "balanced_accuracy"):
        bounds = catalogue.metric(metric_id, "binary").estimate(found)
        assert bounds.value[0] == 1
        assert bounds.lower[0] < 0.9
