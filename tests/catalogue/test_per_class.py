"""Scores and counts of each class, against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as reference

from ml_exporter import catalogue
from tests.catalogue.whole_path import judged, multiclass_model, random_events, samples


@pytest.mark.parametrize("classes", [2, 5, 40])
def test_scores_of_each_class_equal_scikit_learn_where_it_can_divide(classes: int) -> None:
    scores, actual = random_events(np.random.default_rng(classes), 200, classes)
    predicted = scores.argmax(axis=1)
    expected = reference.precision_recall_fscore_support(
        actual, predicted, labels=np.arange(classes), zero_division=np.nan
    )
    for name, numbers in zip(("precision", "recall", "f1"), expected, strict=False):
        found = samples(f"ml_class_{name}_ratio", judged(scores, actual), multiclass_model(classes))
        assert found == pytest.approx(
            {(f"c{code}",): number for code, number in enumerate(numbers) if not np.isnan(number)}
        )


def test_counts_of_each_class_are_those_of_the_rows() -> None:
    scores, actual = random_events(np.random.default_rng(1), 300, 6)
    predicted = scores.argmax(axis=1)
    for role, rows in (("actual", actual), ("predicted", predicted), ("correct", actual[actual == predicted])):
        counted = np.bincount(rows, minlength=6)
        found = samples(f"ml_class_{role}_outcomes", judged(scores, actual), multiclass_model(6))
        assert found == {(f"c{code}",): count for code, count in enumerate(counted.tolist())}


def test_classes_and_confusion_have_no_slices() -> None:
    sliced = [spread.family.name for spread in catalogue.spreads() if spread.sliced]
    assert not [name for name in sliced if name.startswith(("ml_class_", "ml_confusion_"))]
