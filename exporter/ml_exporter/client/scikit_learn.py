"""A wrapper for estimators of scikit-learn: what they predict is recorded, a row an event."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ml_exporter.client.columns import Columns
from ml_exporter.client.recorder import Recorder


def _has_probabilities(monitored: "Monitored") -> bool:
    return hasattr(monitored.inner, "predict_proba")


class Monitored(MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """An estimator whose ``predict`` and ``predict_proba`` are recorded; all else is the estimator's own.

    One that is fitted already is used as it is; ``fit`` fits a clone. In a pipeline it may be the last step, but then
    sees what the steps before have made of the features: wrap the whole pipeline to record them as they come in.
    """

    def __init__(
        self,
        estimator: Any,
        recorder: Recorder | None = None,
        *,
        model_name: str | None = None,
        model_version: str | None = None,
        features: Sequence[str] = (),
        segments: Sequence[str] = (),
        positive_class: Any = None,
        methods: Sequence[str] = ("predict", "predict_proba"),
    ) -> None:
        """Wrap an estimator.

        Args:
            estimator: the estimator, fitted or not.
            recorder: where predictions are recorded; ``None``: nowhere.
            model_name: the model, where it is not the recorder's.
            model_version: its version, likewise.
            features: columns to record as features; of an array they are called as the estimator knows them, or ``x0``,
                ``x1``, ...
            segments: columns to record as segments.
            positive_class: binary: the class whose probability is the score; the second of ``classes_``.
            methods: which are recorded. Where the same rows go through both, name one, or give both the same ids.
        """
        self.estimator = estimator
        self.recorder = recorder
        self.model_name = model_name
        self.model_version = model_version
        self.features = features
        self.segments = segments
        self.positive_class = positive_class
        self.methods = methods

    @property
    def inner(self) -> Any:
        """Return the estimator that predicts: the fitted clone, or the one that was given."""
        return self.__dict__.get("estimator_", self.__dict__["estimator"])

    def fit(self, X: Any, y: Any = None, **parameters: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit a clone of the estimator."""
        self.estimator_ = clone(self.estimator).fit(X, y, **parameters)
        return self

    def predict(self, X: Any, prediction_ids: Sequence[str | int] | None = None) -> Any:  # noqa: N803 - as above
        """Return predictions, and record them.

        Args:
            X: rows, (rows, features).
            prediction_ids: an id a row, for labels; without them they are made.
        """
        return self._recorded("predict", X, prediction_ids)[0]

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator] # scikit-learn ships no types
    def predict_proba(self, X: Any, prediction_ids: Sequence[str | int] | None = None) -> Any:  # noqa: N803 - as above
        """Return probabilities, (rows, classes), and record them; arguments as for ``predict``."""
        return self._recorded("predict_proba", X, prediction_ids)[0]

    def predict_with_ids(self, X: Any) -> tuple[Any, list[str]]:  # noqa: N803 - as above
        """Return predictions and the ids that were made for them."""
        return self._recorded("predict", X, None)

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator] # as above
    def predict_proba_with_ids(self, X: Any) -> tuple[Any, list[str]]:  # noqa: N803 - as above
        """Return probabilities, (rows, classes), and the ids that were made for the rows."""
        return self._recorded("predict_proba", X, None)

    def _recorded(self, method: str, rows: Any, given: Sequence[str | int] | None) -> tuple[Any, list[str]]:
        recorder = self.recorder
        monotonic = time.perf_counter if recorder is None else recorder.monotonic
        began = monotonic()
        said = getattr(self.inner, method)(rows)
        took = monotonic() - began
        if recorder is None or method not in self.methods:
            return said, []
        ids: list[str] = []
        try:
            ids = [str(one) for one in given] if given is not None else [recorder.new_id() for _ in range(len(said))]
            self._record(recorder, method, rows, said, ids, took)
        except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
            recorder.invalid("rows of an estimator", error)
        return said, ids

    def _record(self, recorder: Recorder, method: str, rows: Any, said: Any, ids: Sequence[str], took: float) -> None:
        fields = self._fields(method, said)
        if len(ids) != len(said):
            raise ValueError(f"there are {len(ids)} prediction_ids for {len(said)} rows")
        columns = Columns(rows, getattr(self.inner, "feature_names_in_", None))
        features, segments = columns.mappings(self.features), columns.mappings(self.segments)
        for identifier, field, feature, segment in zip(ids, fields, features, segments, strict=True):
            recorder.prediction(
                identifier,
                features=feature or None,
                segment=segment or None,
                latency_seconds=took,
                model_name=self.model_name,
                model_version=self.model_version,
                **field,
            )

    def _fields(self, method: str, said: Any) -> Iterator[dict[str, Any]]:
        """Return what each row says, as fields of a prediction."""
        values = np.asarray(said)
        if method == "predict":
            return ({"prediction": value} for value in values.tolist())
        classes = np.asarray(self.inner.classes_).tolist()
        if len(classes) != 2:
            return ({"scores": dict(zip(classes, row, strict=True))} for row in values.tolist())
        positive = 1 if self.positive_class is None else classes.index(self.positive_class)
        return ({"score": value} for value in values[:, positive].tolist())

    def __getattr__(self, name: str) -> Any:
        """Return what the estimator has."""
        if name.startswith("__") or "estimator" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.inner, name)

    def __sklearn_is_fitted__(self) -> bool:
        try:
            check_is_fitted(self.inner)
        except NotFittedError:
            return False
        return True

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.estimator)
