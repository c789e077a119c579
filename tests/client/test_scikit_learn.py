"""The wrapper of estimators: a row is an event, and all else is as it was without it."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from ml_exporter.client import Recorder
from ml_exporter.client.scikit_learn import Monitored
from ml_exporter.clock import ManualClock
from tests.client.far_end import FarEnd, all_sent

Record = Callable[..., Recorder]

CANCER = load_breast_cancer()
IRIS = load_iris()
ROWS = 20


def _binary() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(CANCER.data, CANCER.target)


def _recorded(end: FarEnd, recorder: Recorder) -> list[dict[str, Any]]:
    all_sent(recorder)
    return end.predictions


def test_a_row_is_an_event_with_the_score_of_the_positive_class(record: Record, end: FarEnd) -> None:
    recorder, fitted = record(), _binary()
    monitored = Monitored(fitted, recorder, model_name="cancer", model_version="v1")
    rows = CANCER.data[:ROWS]
    said, ids = monitored.predict_proba_with_ids(rows)
    np.testing.assert_array_equal(said, fitted.predict_proba(rows))
    events = _recorded(end, recorder)
    assert [event["prediction_id"] for event in events] == ids
    assert [event["score"] for event in events] == fitted.predict_proba(rows)[:, 1].tolist()
    assert {(event["model_name"], event["model_version"]) for event in events} == {("cancer", "v1")}


def test_the_positive_class_may_be_the_other_one(record: Record, end: FarEnd) -> None:
    recorder, fitted = record(), _binary()
    Monitored(fitted, recorder, positive_class=0).predict_proba(CANCER.data[:ROWS])
    assert [event["score"] for event in _recorded(end, recorder)] == fitted.predict_proba(CANCER.data[:ROWS])[
        :, 0
    ].tolist()


def test_classes_and_numbers_are_predictions(record: Record, end: FarEnd) -> None:
    recorder = record()
    names = IRIS.target_names[IRIS.target]
    classifier = LogisticRegression(max_iter=1000).fit(IRIS.data, names)
    monitored = Monitored(classifier, recorder)
    ids = [f"flower-{row}" for row in range(ROWS)]
    monitored.predict(IRIS.data[:ROWS], prediction_ids=ids)
    assert [event["prediction"] for event in _recorded(end, recorder)] == names[:ROWS].tolist()
    assert list(end.taken["predictions"]) == ids
    end.taken["predictions"].clear()
    monitored.predict_proba(IRIS.data[:ROWS])
    scores = [list(event["scores"].values()) for event in _recorded(end, recorder)]
    np.testing.assert_array_equal(scores, classifier.predict_proba(IRIS.data[:ROWS]))
    assert set(end.predictions[0]["scores"]) == {"setosa", "versicolor", "virginica"}
    end.taken["predictions"].clear()
    regression = LinearRegression().fit(IRIS.data, IRIS.target)
    Monitored(regression, recorder).predict(IRIS.data[:ROWS])
    predictions = [event["prediction"] for event in _recorded(end, recorder)]
    np.testing.assert_array_equal(predictions, regression.predict(IRIS.data[:ROWS]))


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        (np.asarray, ["x0", "x3"]),
        (lambda rows: rows.tolist(), ["x0", "x3"]),
        (csr_array, ["x0", "x3"]),
        (lambda rows: pl.DataFrame(rows, schema=IRIS.feature_names), [IRIS.feature_names[0], IRIS.feature_names[3]]),
    ],
    ids=["array", "lists", "sparse", "frame"],
)
def test_columns_are_recorded_as_features_and_segments(
    record: Record, end: FarEnd, form: Callable[[Any], Any], columns: list[str]
) -> None:
    recorder = record()
    rows = form(IRIS.data)
    classifier = LogisticRegression(max_iter=1000).fit(rows, IRIS.target)
    Monitored(classifier, recorder, features=columns, segments=columns[1:]).predict(form(IRIS.data[:ROWS]))
    events = _recorded(end, recorder)
    assert [list(event["features"]) for event in events] == [columns] * ROWS
    found = [list(event["features"].values()) for event in events]
    np.testing.assert_array_equal(found, IRIS.data[:ROWS, [0, 3]])
    assert [event["segment"][columns[1]] for event in events] == IRIS.data[:ROWS, 3].tolist()


def test_an_array_has_the_names_that_the_estimator_was_fitted_with(record: Record, end: FarEnd) -> None:
    recorder = record()
    frame = pl.DataFrame(IRIS.data, schema=IRIS.feature_names)
    classifier = LogisticRegression(max_iter=1000).fit(frame, IRIS.target)
    monitored = Monitored(classifier, recorder, features=[IRIS.feature_names[1]])
    monitored.predict(frame[:ROWS])
    assert [event["features"][IRIS.feature_names[1]] for event in _recorded(end, recorder)] == IRIS.data[
        :ROWS, 1
    ].tolist()


def test_every_row_took_as_long_as_the_call(record: Record, end: FarEnd) -> None:
    clock = ManualClock(5.0)

    class Slow(LinearRegression):  # type: ignore[misc] # scikit-learn ships no types
        def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
            clock.advance(0.25)
            return super().predict(X)

    recorder = record(monotonic=clock.now)
    Monitored(Slow().fit(IRIS.data, IRIS.target), recorder).predict(IRIS.data[:3])
    assert [event["latency_seconds"] for event in _recorded(end, recorder)] == [0.25] * 3


@pytest.mark.parametrize(
    ("options", "told"),
    [({"features": ["age"]}, "there is no column 'age'"), ({"positive_class": "yes"}, "not in list")],
)
def test_what_cannot_be_recorded_is_told_and_the_prediction_is_made(
    record: Record, caplog: pytest.LogCaptureFixture, options: dict[str, Any], told: str
) -> None:
    recorder, fitted = record(), _binary()
    said = Monitored(fitted, recorder, **options).predict_proba(CANCER.data[:ROWS])
    np.testing.assert_array_equal(said, fitted.predict_proba(CANCER.data[:ROWS]))
    assert told in caplog.text
    assert recorder.statistics.recorded == 0


def test_ids_that_are_too_few_are_told(record: Record, caplog: pytest.LogCaptureFixture) -> None:
    recorder = record()
    Monitored(_binary(), recorder).predict(CANCER.data[:ROWS], prediction_ids=["only"])
    assert "there are 1 prediction_ids for 20 rows" in caplog.text


def test_a_method_that_is_not_named_is_not_recorded(record: Record, end: FarEnd) -> None:
    recorder = record()
    monitored = Monitored(_binary(), recorder, methods=["predict_proba"])
    monitored.predict(CANCER.data[:ROWS])
    monitored.predict_proba(CANCER.data[:1])
    assert len(_recorded(end, recorder)) == 1


def test_what_the_estimator_raises_is_its_own(record: Record) -> None:
    recorder = record()
    with pytest.raises(ValueError, match="features"):
        Monitored(_binary(), recorder).predict([[1.0]])
    assert recorder.statistics.recorded == 0


def test_it_has_what_the_estimator_has_and_nothing_else(record: Record) -> None:
    recorder, fitted = record(), _binary()
    monitored = Monitored(fitted, recorder)
    np.testing.assert_array_equal(monitored.classes_, fitted.classes_)
    np.testing.assert_array_equal(monitored.decision_function(CANCER.data), fitted.decision_function(CANCER.data))
    assert monitored.score(CANCER.data, CANCER.target) == fitted.score(CANCER.data, CANCER.target)
    assert recorder.statistics.recorded == 0, "what scores itself is no request"
    assert is_classifier(monitored)
    assert is_regressor(Monitored(LinearRegression(), recorder))
    assert not hasattr(Monitored(LinearSVC(), recorder), "predict_proba")
    assert not hasattr(monitored, "nothing")


def test_it_is_a_step_of_a_pipeline_and_is_searched_and_cloned(record: Record, end: FarEnd) -> None:
    recorder = record(model_name="cancer")
    pipeline = make_pipeline(StandardScaler(), Monitored(LogisticRegression(), recorder))
    search = GridSearchCV(pipeline, {"monitored__estimator__C": [0.1, 1.0]}, cv=2).fit(CANCER.data, CANCER.target)
    assert search.best_params_.keys() == {"monitored__estimator__C"}
    assert len(cross_val_score(pipeline, CANCER.data, CANCER.target, cv=2)) == 2
    before = recorder.statistics.recorded
    fitted = clone(pipeline).fit(CANCER.data, CANCER.target)
    fitted.predict_proba(CANCER.data[:ROWS])
    assert recorder.statistics.recorded == before + ROWS
    assert clone(pipeline)[-1].recorder is recorder
    assert copy.deepcopy(fitted)[-1].recorder is recorder
    all_sent(recorder)
    assert len(end.predictions) == before + ROWS


def test_a_pickle_holds_the_way_to_the_exporter_and_no_recorder_of_each_model(record: Record, end: FarEnd) -> None:
    recorder = record(model_name="cancer")
    monitored = Monitored(_binary(), recorder, features=["x0"])
    first, second = (pickle.loads(pickle.dumps(monitored)) for _ in range(2))  # noqa: S301 - our own
    assert first.recorder is second.recorder
    assert first.recorder.model_name == "cancer"
    with first.recorder as restored:
        np.testing.assert_array_equal(first.predict(CANCER.data[:ROWS]), monitored.predict(CANCER.data[:ROWS]))
        all_sent(restored)
        assert restored.statistics.accepted == ROWS
    all_sent(recorder)
    assert len(end.predictions) == 2 * ROWS
    third = pickle.loads(pickle.dumps(monitored))  # noqa: S301 - our own
    assert third.recorder is not first.recorder, "that one was closed"
    third.recorder.close()


def test_without_a_recorder_it_is_the_estimator() -> None:
    np.testing.assert_array_equal(Monitored(_binary()).predict(CANCER.data), _binary().predict(CANCER.data))


def _checks() -> list[Any]:
    """Return scikit-learn's own checks of estimators, but those of array libraries that are not installed."""
    off = Recorder()
    found = []
    for inner in (LogisticRegression(max_iter=1000), LinearRegression()):
        for estimator, check in estimator_checks_generator(Monitored(inner, off), legacy=True):
            name = check.func.__name__
            if "array_api" not in name:
                found.append(pytest.param(estimator, check, id=f"{type(inner).__name__}-{name}"))
    return found


@pytest.mark.parametrize(("estimator", "check"), _checks())
def test_it_keeps_the_conventions_of_estimators(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
