"""Performance estimated before labels: against the published definition, written as its loop, and against the truth."""

import math
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics as reference
from sklearn.isotonic import IsotonicRegression

from ml_exporter import catalogue
from ml_exporter.catalogue.bins import SCORE_BINS, class_score_bin, score_bin
from ml_exporter.catalogue.estimates import ENOUGH, calibrated
from ml_exporter.config import Duration, ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies import AcceptedPredictions, Buckets, discover
from ml_exporter.windows import windows_at
from tests.builders import binary_model, outcomes
from tests.catalogue.whole_path import LADDER, NOW, Array, judged, made, multiclass_model, random_events

MODEL = binary_model()
BINARY = ("accuracy", "precision", "recall", "f1", "auc_roc")
HOUR = 3600.0


def said(score: Array, threshold: float = 0.5) -> Array:
    """Return the payload of binary predictions."""
    return np.column_stack([np.where(np.isnan(score), 1.0, score >= threshold), score])


def truths(score: Array, actual: Array, at: float = NOW - 1) -> Outcomes:
    """Make outcomes from which is learnt what scores mean."""
    return outcomes(score >= 0.5, actual, score=score, at=at)


def estimates(
    known: Outcomes,
    predictions: AcceptedPredictions,
    model: ModelSettings = MODEL,
    names: tuple[str, ...] = BINARY,
    window_by: str = "label",
) -> dict[str, float]:
    """Return what is estimated of the shorter of two windows."""
    clocks = ("label",) if window_by == "label" else ("label", "prediction")
    buckets = Buckets(discover(), LADDER, clocks)
    buckets.fold_outcomes(known, model, NOW)
    buckets.fold_predictions(predictions, model, NOW)
    windows = [Duration.parse("1h"), Duration.parse("24h")]
    statistics = windows_at(buckets, windows, window_by, NOW)[0].statistics(np.array([0]), model)
    metrics = {name: catalogue.metric(f"estimated_{name}", model.task) for name in names}
    return {name: float(metric.estimate(statistics).value[0]) for name, metric in metrics.items()}


def published(score: Array, meaning: Array, threshold: float = 0.5) -> dict[str, float]:
    """Return NannyML's estimates by a loop over predictions: each is right or wrong with its calibrated score."""
    true_positives = false_positives = false_negatives = true_negatives = 0.0
    for own, calibrated_score in zip(score, meaning, strict=True):
        if own >= threshold:
            true_positives += calibrated_score
            false_positives += 1 - calibrated_score
        else:
            false_negatives += calibrated_score
            true_negatives += 1 - calibrated_score
    across, up = [0.0], [0.0]
    for edge in sorted(set(score_bin(score)), reverse=True):
        reaching = score_bin(score) >= edge
        up.append(meaning[reaching].sum() / meaning.sum())
        across.append((1 - meaning[reaching]).sum() / (1 - meaning).sum())
    wrong = false_positives + false_negatives
    return {
        "accuracy": (true_positives + true_negatives) / len(score),
        "precision": true_positives / (true_positives + false_positives),
        "recall": true_positives / (true_positives + false_negatives),
        "f1": true_positives / (true_positives + wrong / 2),
        "auc_roc": float(reference.auc(across, up)),
    }


def overconfident(random: np.random.Generator, rows: int, shift: float = 0.0) -> tuple[Array, Array]:
    """Return scores that exaggerate, and what turned out to be true; a shift moves the cases, not what they mean."""
    logits = random.normal(shift, 1.2, rows)
    actual = (random.random(rows) < 1 / (1 + np.exp(-logits))).astype(np.float64)
    return 1 / (1 + np.exp(-2.5 * logits)), actual


@pytest.mark.parametrize("seed", range(4))
def test_estimates_equal_the_published_loop_with_scikit_learns_isotonic_regression(seed: int) -> None:
    random = np.random.default_rng(seed)
    score, actual = overconfident(random, 1500)
    later, _ = overconfident(random, 700, shift=0.8)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(score_bin(score), actual)
    expected = published(later, isotonic.predict(score_bin(later)))
    assert estimates(truths(score, actual), made(said(later))) == pytest.approx(expected, rel=1e-9)


def test_binning_hardly_moves_what_isotonic_regression_on_the_scores_themselves_gives() -> None:
    random = np.random.default_rng(5)
    score, actual = overconfident(random, 5000)
    later, _ = overconfident(random, 5000, shift=-0.5)
    exact = published(later, IsotonicRegression(out_of_bounds="clip").fit(score, actual).predict(later))
    assert estimates(truths(score, actual), made(said(later))) == pytest.approx(exact, abs=0.004)


def test_where_cases_change_but_not_what_scores_mean_the_estimate_is_what_labels_say_later() -> None:
    random = np.random.default_rng(6)
    score, actual = overconfident(random, 20_000)
    later, true = overconfident(random, 20_000, shift=1.0)
    found = estimates(truths(score, actual), made(said(later)))
    decided = later >= 0.5
    realised = {
        "accuracy": reference.accuracy_score(true, decided),
        "precision": reference.precision_score(true, decided),
        "recall": reference.recall_score(true, decided),
        "f1": reference.f1_score(true, decided),
        "auc_roc": reference.roc_auc_score(true, later),
    }
    assert found == pytest.approx(realised, abs=0.015)
    uncalibrated = published(later, later)["accuracy"]
    assert uncalibrated - realised["accuracy"] > 0.05, "without calibration, scores that exaggerate deceive"


def test_it_is_blind_to_concept_drift_as_its_help_says() -> None:
    random = np.random.default_rng(7)
    score, actual = overconfident(random, 5000)
    later, true = overconfident(random, 5000)
    turned = 1 - true
    found = estimates(truths(score, actual), made(said(later)))
    assert found["accuracy"] > 0.65
    assert reference.accuracy_score(turned, later >= 0.5) < 0.35
    assert "cannot see concept drift" in catalogue.metric("estimated_accuracy").family.help


def test_too_few_outcomes_calibrate_nothing() -> None:
    random = np.random.default_rng(8)
    score, actual = overconfident(random, ENOUGH)
    enough = estimates(truths(score, actual), made(said(score)))
    too_few = estimates(truths(score[1:], actual[1:]), made(said(score)))
    assert not any(map(math.isnan, enough.values()))
    assert all(map(math.isnan, too_few.values()))


def test_without_predictions_or_without_their_scores_nothing_is_estimated() -> None:
    score, actual = overconfident(np.random.default_rng(9), 2000)
    for payload in (np.empty((0, 2)), said(np.full(50, math.nan))):
        assert all(map(math.isnan, estimates(truths(score, actual), made(payload)).values()))


def test_predictions_without_a_score_do_not_count() -> None:
    random = np.random.default_rng(10)
    score, actual = overconfident(random, 2000)
    later, _ = overconfident(random, 300)
    mixed = np.concatenate([later, np.full(300, math.nan)])
    assert estimates(truths(score, actual), made(said(mixed))) == estimates(truths(score, actual), made(said(later)))


def test_degenerate_outcomes() -> None:
    random = np.random.default_rng(11)
    later, _ = overconfident(random, 300)
    everything = np.ones(2000)
    always = estimates(truths(random.random(2000), everything), made(said(later)))
    assert always["accuracy"] == pytest.approx((later >= 0.5).mean())
    assert always["precision"] == 1
    assert math.isnan(always["auc_roc"])
    constant = estimates(truths(np.full(2000, 0.3), np.arange(2000) % 4 == 0), made(said(later)))
    assert constant["precision"] == pytest.approx(0.25)
    assert constant["auc_roc"] == pytest.approx(0.5)
    backwards = estimates(truths(later.repeat(10), (later < 0.5).repeat(10)), made(said(later)))
    assert backwards["auc_roc"] == pytest.approx(0.5), "what falls with the score is level in isotonic regression"


def test_what_no_prediction_decides_has_no_value() -> None:
    score, actual = overconfident(np.random.default_rng(12), 2000)
    none_positive = estimates(truths(score, actual), made(said(np.full(50, 0.2))))
    assert math.isnan(none_positive["precision"])
    assert none_positive["recall"] == none_positive["f1"] == 0


@pytest.mark.parametrize("window_by", ["label", "prediction"])
def test_calibration_rests_on_the_labels_of_the_longest_window_whatever_dates_outcomes(window_by: str) -> None:
    random = np.random.default_rng(13)
    score, actual = overconfident(random, 2000)
    known = replace(truths(score, actual, at=NOW - 5 * HOUR), prediction_time=np.full(2000, NOW - 40 * HOUR))
    found = estimates(known, made(said(score)), window_by=window_by)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(actual, score >= 0.5), abs=0.02)
    older = replace(known, label_time=np.full(2000, NOW - 30 * HOUR))
    assert math.isnan(estimates(older, made(said(score)), window_by=window_by)["accuracy"])


def test_series_are_calibrated_each_by_its_own_outcomes() -> None:
    random = np.random.default_rng(14)
    tables = random.integers(0, 20, (2, 3, SCORE_BINS)).astype(np.float64)
    tables[:, 1] = 0
    together = calibrated(*tables)
    for row in range(3):
        np.testing.assert_array_equal(together[row], calibrated(*tables[:, row : row + 1])[0])
    assert np.isnan(together[1]).all()
    assert (np.diff(together[[0, 2]], axis=1) >= 0).all()


@pytest.mark.parametrize("classes", [2, 5, 60])
def test_the_accuracy_of_several_classes_equals_a_loop_over_the_scores_of_predicted_classes(classes: int) -> None:
    random = np.random.default_rng(classes)
    model = multiclass_model(classes)
    scores, actual = random_events(random, 3000, classes)
    later, _ = random_events(random, 3000, classes, skill=0.5)
    right = scores.argmax(axis=1) == actual
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(class_score_bin(scores.max(axis=1), 1), right)
    expected = float(np.mean(isotonic.predict(class_score_bin(later.max(axis=1), 1))))
    payload = np.column_stack([later.argmax(axis=1), later])
    found = estimates(judged(scores, actual), made(payload), model, ("accuracy",))
    assert found["accuracy"] == pytest.approx(expected, rel=1e-9)


def test_among_several_classes_the_estimate_is_what_labels_say_later_where_scores_keep_their_meaning() -> None:
    random = np.random.default_rng(15)
    scores = random.dirichlet(np.full(4, 0.5), 20_000)
    actual = np.array([random.choice(4, p=row) for row in scores[:12_000]])
    harder = random.dirichlet(np.full(4, 1.5), 4000)
    true = np.array([random.choice(4, p=row) for row in harder])
    found = estimates(
        judged(scores[:12_000], actual),
        made(np.column_stack([harder.argmax(axis=1), harder])),
        multiclass_model(4),
        ("accuracy",),
    )
    assert found["accuracy"] == pytest.approx((harder.argmax(axis=1) == true).mean(), abs=0.03)


def test_a_class_named_without_scores_is_not_estimated() -> None:
    scores, actual = random_events(np.random.default_rng(16), 2000, 3)
    unscored = np.column_stack([np.ones(50), np.full((50, 3), math.nan)])
    assert math.isnan(estimates(judged(scores, actual), made(unscored), multiclass_model(3), ("accuracy",))["accuracy"])
