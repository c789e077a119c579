"""What the store keeps of a model is read as it was written, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from ml_exporter.tallies import ChangedMeaning
from tests.pipeline.in_process import Start, label, monitoring, prediction


def animals(*classes: str, **options: Any) -> dict[str, Any]:
    return {"name": "fraud", "task": "multiclass", "classes": list(classes), **options}


def test_classes_may_be_added_at_the_end_even_while_predictions_wait(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(animals("cat", "dog")))
    exporter.predict(
        prediction("a", prediction="cat"), prediction("b", prediction=None, scores={"dog": 0.6, "cat": 0.4})
    )
    exporter.label(label("a", "cat"))
    exporter.restart(monitoring(animals("cat", "dog", "cow")))
    exporter.predict(prediction("c", prediction="cow"))
    exporter.label(label("b", "dog"), label("c", "dog"))
    metrics = exporter.tick()
    confusion = {
        (actual, predicted): metrics.one("ml_confusion_total", actual=actual, predicted=predicted)
        for actual, predicted in (("cat", "cat"), ("dog", "dog"), ("dog", "cow"))
    }
    assert confusion == {("cat", "cat"): 1, ("dog", "dog"): 1, ("dog", "cow"): 1}
    assert metrics.one("ml_confusion_total", actual="cow", predicted="cat") == 0


@pytest.mark.parametrize("classes", [("dog", "cat"), ("cow", "cat", "dog"), ("cat", "cow")])
def test_classes_in_another_order_are_refused(classes: tuple[str, ...], tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(animals("cat", "dog")))
    exporter.predict(prediction("a", prediction="cat"))
    with pytest.raises(ChangedMeaning, match="fraud with the task multiclass, classes 'cat', 'dog'; the configuration"):
        exporter.restart(monitoring(animals(*classes)))


def test_another_task_or_positive_class_is_refused(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary"}))
    exporter.predict(prediction("a"))
    for changed in (animals("1", "0"), {"name": "fraud", "task": "binary", "positive_class": 0}):
        with pytest.raises(ChangedMeaning, match="give the model another name"):
            exporter.restart(monitoring(changed))
        exporter.close()


def test_the_negative_class_may_get_a_name(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({"name": "fraud", "task": "binary", "positive_class": "yes"}))
    exporter.predict(prediction("a", prediction="yes"))
    exporter.restart(monitoring({"name": "fraud", "task": "binary", "positive_class": "yes", "negative_class": "no"}))
    exporter.label(label("a", "no"))
    assert exporter.tick().one("ml_confusion_total", actual="no", predicted="yes") == 1


def test_a_model_that_has_no_events_yet_may_change(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(animals("cat", "dog")))
    exporter.tick()
    exporter.restart(monitoring(animals("dog", "cat")))
    exporter.predict(prediction("a", prediction="cat"))
    assert exporter.tick().one("ml_predictions_total") == 1


def test_a_model_that_comes_back_must_mean_what_it_meant(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring(animals("cat", "dog")))
    exporter.predict(prediction("a", prediction="cat"))
    exporter.restart(monitoring({"name": "churn", "task": "binary"}))
    exporter.predict(prediction("b", model_name="churn"))
    with pytest.raises(ChangedMeaning):
        exporter.restart(monitoring(animals("dog", "cat")))
