"""Averaged ROC AUC of multiclass models: near scikit-learn's, and never further off than the bins allow."""

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml_exporter.catalogue.bins import CLASS_SCORE_BINS, MOST_CLASS_SCORE_CELLS, class_score_bin, class_score_step
from tests.catalogue.whole_path import Array, estimate, judged, multiclass_model, random_events, statistics, value

SCORES = st.sampled_from([0.0, 1e-12, 1e-6, 1.1e-5, 0.003, 0.2, 0.25, 1 / 3, 0.5, 0.8, 0.999, 1 - 1e-9, 1.0])


def areas(scores: Array, actual: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Return the exact AUC of each class against the rest, its outcomes, and how far off the bins may bring it."""
    exact, count, bound = [], [], []
    step = class_score_step(scores.shape[1])
    for code in range(scores.shape[1]):
        of_class = actual == code
        if 0 < of_class.sum() < len(actual):
            exact.append(reference.roc_auc_score(of_class, scores[:, code]))
            count.append(of_class.sum())
            bins = class_score_bin(scores[:, code], step)
            together = (bins[of_class][:, None] == bins[~of_class]).sum()
            bound.append(together / 2 / of_class.sum() / (~of_class).sum())
    return np.array(exact), np.array(count, dtype=np.float64), np.array(bound)


@pytest.mark.parametrize(
    ("classes", "skill", "error"),
    [(3, 1.0, 0.001), (10, 2.0, 0.001), (40, 2.5, 0.001), (80, 2.5, 0.003), (200, 2.5, 0.01)],
)
def test_it_is_near_scikit_learns(classes: int, skill: float, error: float) -> None:
    random = np.random.default_rng(classes)
    scores, _ = random_events(random, 20 * classes + 2000, classes, skill)
    actual = np.array([random.choice(classes, p=row) for row in scores])
    actual[:classes] = np.arange(classes)  # scikit-learn wants every class to be there
    for average in ("weighted", "macro"):
        expected = reference.roc_auc_score(actual, scores, multi_class="ovr", average=average)
        found = value(f"auc_roc_{average}", judged(scores, actual), multiclass_model(classes))
        assert found == pytest.approx(expected, abs=error)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_is_never_further_from_the_exact_one_than_the_bins_allow(data: st.DataObject) -> None:
    classes = data.draw(st.sampled_from([2, 3, 5]))
    rows = data.draw(
        st.lists(
            st.tuples(st.lists(SCORES, min_size=classes, max_size=classes), st.integers(0, classes - 1)),
            min_size=1,
            max_size=20,
        )
    )
    scores, actual = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    exact, count, bound = areas(scores, actual)
    events, model = judged(scores, actual), multiclass_model(classes)
    for average, weights in (("weighted", count), ("macro", np.ones_like(count))):
        found = value(f"auc_roc_{average}", events, model)
        if not len(exact):
            assert np.isnan(found)
        else:
            off = abs(found - np.average(exact, weights=weights))
            assert off <= np.average(bound, weights=weights) + 1e-12


def test_equal_scores_are_worth_a_half_and_perfect_ones_a_whole() -> None:
    actual = np.arange(60) % 3
    assert value("auc_roc_macro", judged(np.full((60, 3), 1 / 3), actual), multiclass_model(3)) == 0.5
    assert value("auc_roc_macro", judged(np.eye(3)[actual], actual), multiclass_model(3)) == 1
    assert value("auc_roc_weighted", judged(np.eye(3)[(actual + 1) % 3], actual), multiclass_model(3)) < 0.5


def test_one_class_alone_has_none() -> None:
    assert np.isnan(value("auc_roc_macro", judged([[0.8, 0.2]] * 5, [0] * 5), multiclass_model(2)))


def test_each_series_has_its_own() -> None:
    scores, actual = random_events(np.random.default_rng(5), 600, 4)
    series = np.column_stack([np.zeros(600), 1 + np.arange(600) % 2])
    found = estimate("auc_roc_macro", judged(scores, actual, series=series), multiclass_model(4), series=3).value
    for code, rows in enumerate((slice(None), slice(0, None, 2), slice(1, None, 2))):
        alone = value("auc_roc_macro", judged(scores[rows], actual[rows]), multiclass_model(4))
        assert found[code] == pytest.approx(alone)


@pytest.mark.parametrize(("classes", "bins"), [(2, 128), (50, 128), (51, 64), (100, 64), (101, 32), (200, 32)])
def test_the_bins_of_all_classes_together_are_bounded(classes: int, bins: int) -> None:
    found = statistics(judged(np.empty((0, classes)), []), multiclass_model(classes))["class_scores.positives"]
    assert found.shape == (1, classes * bins)
    assert classes * bins <= MOST_CLASS_SCORE_CELLS
    assert CLASS_SCORE_BINS % bins == 0
