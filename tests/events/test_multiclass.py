"""The multiclass task: what predictions and labels mean for it."""

import numpy as np
import pytest

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.events.tasks.multiclass import MulticlassTask

NAN = float("nan")


def task(*classes: object, **options: object) -> MulticlassTask:
    settings = {"name": "animals", "task": "multiclass", "classes": list(classes), **options}
    definition = ModelSettings.model_validate(settings).definition
    assert isinstance(definition, MulticlassTask)
    return definition


def test_classes_are_written_by_their_place() -> None:
    animals = task("cat", "dog", 3, 4.0, True)
    assert animals.class_names == ("cat", "dog", "3", "4", "1")
    found = animals.truth(Categorical.of(["dog", "1", "4", "cow", None]), np.empty((5, 6)))
    np.testing.assert_array_equal(found, [[1], [4], [3], [NAN], [NAN]])
    assert animals.usable(Categorical.of(["dog", "cow"])).tolist() == [True, False]


def test_the_highest_score_predicts_where_the_event_names_no_class() -> None:
    predicted = Categorical.of([None, "cat", None, "cow"])
    scores = np.array([[0.2, 0.8], [0.1, 0.9], [NAN, NAN], [0.5, 0.5]])
    found = task("cat", "dog").payload(predicted, scores)
    np.testing.assert_array_equal(found, [[1, 0.2, 0.8], [0, 0.1, 0.9], [NAN, NAN, NAN], [NAN, 0.5, 0.5]])


def test_top_k_is_offered_where_it_is_asked_for() -> None:
    assert task("a", "b", "c").offers == frozenset()
    assert task("a", "b", "c", "d", top_k=[3, 2, 3]).offers == {"top_k", "top_2", "top_3"}


@pytest.mark.parametrize(
    ("classes", "options", "place", "said"),
    [
        ([], {}, "classes", "a multiclass model needs at least two classes"),
        (["a"], {}, "classes", "a multiclass model needs at least two classes"),
        (["a", "b", "a"], {}, "classes", "a class is named twice"),
        ([1, True], {}, "classes", "a class is named twice"),
        ([f"c{number}" for number in range(201)], {}, "classes", "201 are more than the 200"),
        (["a", "__other__"], {}, "classes", "'__other__' stands for what has no place of its own"),
        (["a", "b", "c"], {"top_k": [1]}, "top_k", "1 is no k that is kept; choose from 2, 3, 4, 5, 10, 20, 50"),
        (["a", "b", "c"], {"top_k": [3]}, "top_k", "of 3 classes the actual one is always among the top 3; remove 3"),
        (["a", "b"], {"positive_class": "a"}, "positive_class", "is no option of the task multiclass"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    classes: list[object], options: dict[str, object], place: str, said: str
) -> None:
    with pytest.raises(ValueError, match=rf"(?s)\b{place}\b.*{said}"):
        task(*classes, **options)
