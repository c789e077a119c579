"""From raw columns with our field names to valid events, whatever the source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings, ModelSettings
from ml_exporter.config.feed import LABEL_FIELDS, PREDICTION_FIELDS
from ml_exporter.events import Categorical, Labels, Predictions
from ml_exporter.events.binary import PAYLOAD_COLUMNS
from ml_exporter.feeds.decoding.columns import classes, ids, names, numbers
from ml_exporter.feeds.decoding.problems import Problems, shown
from ml_exporter.feeds.decoding.segments import segments
from ml_exporter.feeds.decoding.times import timestamps
from ml_exporter.feeds.interface import FeedContext
from ml_exporter.tallies import SUCCESS

UNVERSIONED = "unversioned"
"""The version of a prediction that names none."""

_LONGEST_NAME = 256
_LONGEST_STATUS = 64

Columns = Mapping[str, Sequence[Any]]
"""Our field name to its values, ``None`` where an event lacks it; columns of equal length."""


@dataclass(frozen=True)
class Usable:
    """The events that can be used, and what is wrong with the others, by their row among all."""

    events: Predictions | Labels
    problems: Problems


class EventDecoder:
    """Validates the events of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext) -> None:
        self._settings = settings
        self._clock = context.clock
        self._models = context.models
        self.fields: Sequence[str] = PREDICTION_FIELDS if settings.events == "predictions" else LABEL_FIELDS

    def decode(self, columns: Columns) -> Usable:
        """Turn raw columns, one for each of ``fields``, into valid events."""
        problems = Problems()
        decoded: Predictions | Labels
        if self._settings.events == "predictions":
            decoded = self._predictions(columns, problems)
        else:
            decoded = self._labels(columns, problems)
        return Usable(decoded.take(problems.good(len(decoded))) if problems.found else decoded, problems)

    def _predictions(self, columns: Columns, problems: Problems) -> Predictions:
        defaults = self._settings.defaults
        status = names(columns["status"], "status", _LONGEST_STATUS, SUCCESS, problems)
        succeeded = np.array([name == SUCCESS for name in (*status.values, SUCCESS)])[status.codes]
        model = self._model(columns["model_name"], problems)
        for row in np.flatnonzero(model.codes < 0).tolist():
            detail = "model_name is missing; write it, or give the feed defaults.model_name"
            problems.add(row, "missing_field", detail)
        version = defaults.model_version or UNVERSIONED
        return Predictions(
            prediction_id=ids(columns["prediction_id"], succeeded, problems),
            timestamp=timestamps(columns["timestamp"], self._clock.now(), problems),
            model=model,
            version=names(columns["model_version"], "model_version", _LONGEST_NAME, version, problems),
            status=status,
            payload=self._payload(columns, model, succeeded, problems),
            latency=numbers(columns["latency_seconds"], "latency_seconds", 0.0, np.inf, problems),
            segments=segments(columns["segment"], model, self._models, problems),
        )

    def _labels(self, columns: Columns, problems: Problems) -> Labels:
        model = self._model(columns["model_name"], problems)
        actual = classes(columns["actual"], "actual", problems)
        for row in np.flatnonzero(actual.codes < 0).tolist():
            problems.add(row, "missing_field", "actual is missing; a label says what turned out to be true: write it")
        self._check_actual(actual, model, problems)
        return Labels(
            prediction_id=ids(columns["prediction_id"], np.ones(len(actual), dtype=np.bool_), problems),
            timestamp=timestamps(columns["timestamp"], self._clock.now(), problems),
            model=model,
            actual=actual,
        )

    def _model(self, values: Sequence[Any], problems: Problems) -> Categorical:
        """Return the events' models, -1 where neither event nor feed names one."""
        model = names(values, "model_name", _LONGEST_NAME, self._settings.defaults.model_name, problems)
        unknown = [code for code, name in enumerate(model.values) if name not in self._models]
        for row in np.flatnonzero(np.isin(model.codes, unknown)).tolist() if unknown else []:
            name = model.values[model.codes[row]]
            problems.add(
                row,
                "unknown_model",
                f"model_name {shown(name)} is none of this feed's; add it under models, or correct it",
            )
        return model

    def _rows_by_model(self, model: Categorical) -> Iterator[tuple[ModelSettings, NDArray[np.intp]]]:
        for code, name in enumerate(model.values):
            if name in self._models:
                yield self._models[name], np.flatnonzero(model.codes == code)

    def _payload(
        self, columns: Columns, model: Categorical, succeeded: NDArray[np.bool_], problems: Problems
    ) -> NDArray[np.float64]:
        """Return what was predicted as the models' tasks write it; failed requests need no prediction."""
        predicted = classes(columns["prediction"], "prediction", problems)
        score = numbers(columns["score"], "score", 0.0, 1.0, problems)
        for row in np.flatnonzero((predicted.codes < 0) & np.isnan(score) & succeeded).tolist():
            detail = "prediction and score are both missing; write at least one of them"
            problems.add(row, "missing_field", detail)
        payload = np.full((len(score), PAYLOAD_COLUMNS), np.nan)
        for settings, rows in self._rows_by_model(model):
            payload[rows] = settings.definition.payload(predicted.take(rows), score[rows])
            for row in rows[np.isnan(payload[rows, 0]) & (predicted.codes[rows] >= 0)].tolist():
                problems.add(row, "bad_value", _no_class("prediction", predicted, row, [settings]))
        return payload

    def _check_actual(self, actual: Categorical, model: Categorical, problems: Problems) -> None:
        """A label must be a class of the model that it names, or of any model of the feed where it names none."""
        for settings, rows in self._rows_by_model(model):
            self._check_classes(actual, rows, [settings], problems)
        unnamed = np.flatnonzero(model.codes < 0)
        if len(unnamed):
            self._check_classes(actual, unnamed, list(self._models.values()), problems)

    @staticmethod
    def _check_classes(
        actual: Categorical, rows: NDArray[np.intp], models: Sequence[ModelSettings], problems: Problems
    ) -> None:
        meanings = [settings.definition.actual(actual.take(rows)) for settings in models]
        strange = np.isnan(np.stack(meanings)).all(axis=0) & (actual.codes[rows] >= 0)
        for row in rows[strange].tolist():
            problems.add(row, "bad_value", _no_class("actual", actual, row, models))


def _no_class(field: str, given: Categorical, row: int, models: Sequence[ModelSettings]) -> str:
    """Say that a value is a class of none of the models, and what their classes are."""
    classes_of = dict.fromkeys(name for settings in models for name in settings.definition.class_names)
    value = shown(given.values[given.codes[row]])
    of_whom = f"the model {models[0].name}" if len(models) == 1 else "no model of this feed"
    verb = "is no class of" if len(models) == 1 else "is a class of"
    return f"{field} {value} {verb} {of_whom}; write {' or '.join(map(shown, classes_of))}"
