"""Curves by threshold and by score bin, against plain loops and scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.catalogue.bins import THRESHOLDS
from ml_exporter.events import Outcomes
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import NOW, Array, judged, multiclass_model, random_events, samples, value

NAN = float("nan")
MODEL = binary_model(positive_class="fraud", negative_class="fine")
ROWS = st.lists(
    st.tuples(st.sampled_from([*THRESHOLDS, 1e-9, 0.0015, 0.299999999, 0.55, 1.0]), st.booleans()),
    min_size=1,
    max_size=30,
)


def events(scores: Array, actual: Array) -> Outcomes:
    return outcomes((scores >= 0.5).tolist(), actual.tolist(), score=scores.tolist(), at=NOW - 1)


def label(threshold: float) -> str:
    return f"{threshold:g}"


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_a_threshold_says_exactly_what_deciding_by_it_would_have_given(rows: list[tuple[float, bool]]) -> None:
    scores, actual = np.array(rows, dtype=np.float64).T
    found = {
        name: samples(f"ml_threshold_{name}", events(scores, actual), MODEL)
        for name in ("precision_ratio", "recall_ratio", "false_positive_ratio", "lift", "outcomes")
    }
    for threshold in THRESHOLDS:
        at, flagged = label(threshold), scores >= threshold
        hits, false_alarms = int((flagged & (actual == 1)).sum()), int((flagged & (actual == 0)).sum())
        positives, negatives = int((actual == 1).sum()), int((actual == 0).sum())
        assert found["outcomes"][at, "fraud"] == hits
        assert found["outcomes"][at, "fine"] == false_alarms
        assert found["precision_ratio"].get((at,)) == (hits / flagged.sum() if flagged.any() else None)
        assert found["recall_ratio"].get((at,)) == (hits / positives if positives else None)
        assert found["false_positive_ratio"].get((at,)) == (false_alarms / negatives if negatives else None)
        if positives and flagged.any():
            assert found["lift"][at,] == pytest.approx(hits / flagged.sum() / (positives / len(actual)))
        else:
            assert (at,) not in found["lift"]


def test_at_the_decision_threshold_the_curve_meets_the_metrics() -> None:
    random = np.random.default_rng(1)
    actual = (random.random(2000) < 0.2).astype(np.float64)
    scores = np.clip(random.beta(2, 5, 2000) + 0.3 * actual, 0, 1)
    found = events(scores, actual)
    for name in ("precision", "recall"):
        assert samples(f"ml_threshold_{name}_ratio", found, MODEL)["0.5",] == value(name, found, MODEL)
    specificity = value("specificity", found, MODEL)
    assert 1 - samples("ml_threshold_false_positive_ratio", found, MODEL)["0.5",] == pytest.approx(specificity)


def test_the_area_under_the_curves_points_is_near_the_roc_auc() -> None:
    random = np.random.default_rng(2)
    actual = (random.random(5000) < 0.3).astype(np.float64)
    scores = 1 / (1 + np.exp(-random.normal(2 * actual - 1, 1)))
    found = events(scores, actual)
    recall = samples("ml_threshold_recall_ratio", found, MODEL)
    false_positives = samples("ml_threshold_false_positive_ratio", found, MODEL)
    points = [(0.0, 0.0), *((false_positives[label(t),], recall[label(t),]) for t in reversed(THRESHOLDS))]
    across, up = np.array(points).T
    assert np.trapezoid(up, across) == pytest.approx(reference.roc_auc_score(actual, scores), abs=0.005)


def test_outcomes_without_a_score_are_on_no_curve() -> None:
    found = outcomes([1, 0], [1, 0], score=[NAN, 0.2], at=NOW - 1)
    assert samples("ml_threshold_outcomes", found, MODEL)["0", "fraud"] == 0
    assert samples("ml_threshold_outcomes", found, MODEL)["0", "fine"] == 1
    assert sum(samples("ml_reliability_outcomes", found, MODEL).values()) == 1
    assert samples("ml_window_scored_outcomes", found, MODEL) == {(): 1}


def by_bin(scores: Array, came_true: Array) -> tuple[dict[tuple[str, ...], float], ...]:
    """Return outcomes, mean score and frequency of 15 bins, by a plain loop."""
    counts, mean_scores, frequencies = {}, {}, {}
    for number in range(15):
        inside = [row for row, score in enumerate(scores) if min(int(score * 15), 14) == number]
        counts[str(number + 1),] = len(inside)
        if inside:
            mean_scores[str(number + 1),] = float(np.mean(scores[inside]))
            frequencies[str(number + 1),] = float(np.mean(came_true[inside]))
    return counts, mean_scores, frequencies


def reliability(found: Outcomes, model: object) -> list[dict[tuple[str, ...], float]]:
    names = ("outcomes", "score_ratio", "frequency_ratio")
    return [samples(f"ml_reliability_{name}", found, model) for name in names]


def test_the_reliability_curve_of_a_binary_model_is_that_of_its_positive_class() -> None:
    random = np.random.default_rng(3)
    scores = np.concatenate([random.random(500), [0.0, 1.0, 1 / 15, 1.0]])
    actual = (random.random(504) < scores).astype(np.float64)
    for found, expected in zip(reliability(events(scores, actual), MODEL), by_bin(scores, actual), strict=True):
        assert found == pytest.approx(expected)


def test_the_reliability_curve_among_several_classes_is_that_of_the_predicted_one() -> None:
    scores, actual = random_events(np.random.default_rng(4), 400, 5)
    predicted = scores.argmax(axis=1)
    expected = by_bin(scores[np.arange(400), predicted], predicted == actual)
    for found, numbers in zip(reliability(judged(scores, actual), multiclass_model(5)), expected, strict=True):
        assert found == pytest.approx(numbers)
