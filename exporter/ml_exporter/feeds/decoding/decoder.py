"""From events with our field names to valid columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings, ModelSettings
from ml_exporter.config.feed import LABEL_FIELDS, PREDICTION_FIELDS
from ml_exporter.events import Categorical, Labels, Predictions, class_text
from ml_exporter.feeds.decoding import columns
from ml_exporter.feeds.decoding.problems import Problems, shown
from ml_exporter.feeds.interface import FeedContext

UNVERSIONED = "unversioned"
MISSING = "__missing__"
SUCCESS = "success"
_LONGEST_NAME = 256
_LONGEST_STATUS = 64
_LONGEST_SEGMENT_VALUE = 128


@dataclass(frozen=True)
class Usable:
    """The events that can be used, and what is wrong with the others, by their position among all."""

    events: Predictions | Labels
    problems: Problems

    @property
    def newest(self) -> float:
        """Return the time of the newest usable event, 0 where there is none."""
        return float(self.events.timestamp.max()) if len(self.events) else 0.0


class EventDecoder:
    """Validates the events of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext) -> None:
        self._settings = settings
        self._context = context
        self._models = context.models
        self.fields: Sequence[str] = PREDICTION_FIELDS if settings.events == "predictions" else LABEL_FIELDS

    def decode(self, events: Sequence[Any]) -> Usable:
        """Turn events into columns.

        Args:
            events: objects with an attribute for each of ``fields``, ``None`` where the event lacks it.
        """
        problems = Problems()
        column = {name: list(map(attrgetter(name), events)) for name in self.fields}
        decoded = self._predictions if self._settings.events == "predictions" else self._labels
        return Usable(decoded(column, problems), problems)

    def _predictions(self, column: Mapping[str, list[Any]], problems: Problems) -> Predictions:
        rows = len(column["timestamp"])
        now = self._context.clock.now()
        timestamp = columns.timestamps(column["timestamp"], now, problems)
        names = [name or SUCCESS for name in columns.texts(column["status"], "status", _LONGEST_STATUS, problems)]
        status = Categorical.of(names)
        succeeded = np.array([name == SUCCESS for name in status.values], dtype=np.bool_)[status.codes]
        model = self._model(column["model_name"], problems, required=True)
        default_version = self._settings.defaults.model_version or UNVERSIONED
        versions = columns.texts(column["model_version"], "model_version", _LONGEST_NAME, problems)
        decoded = Predictions(
            prediction_id=columns.ids(column["prediction_id"], problems, succeeded),
            timestamp=timestamp,
            model=model,
            version=Categorical.of(version or default_version for version in versions),
            status=status,
            payload=self._payload(column, model, succeeded, problems),
            latency=columns.numbers(column["latency_seconds"], "latency_seconds", 0.0, np.inf, problems),
            segments=self._segments(column["segment"], model, problems),
        )
        return decoded.take(problems.good(rows)) if problems.found else decoded

    def _labels(self, column: Mapping[str, list[Any]], problems: Problems) -> Labels:
        rows = len(column["timestamp"])
        model = self._model(column["model_name"], problems, required=False)
        spelled = columns.classes(column["actual"], "actual", problems)
        for row, text in enumerate(spelled):
            if text is None:
                problems.add(row, "missing_field", "actual is missing; a label says what turned out to be true")
        actual = Categorical.of(spelled)
        self._check_actual(actual, model, problems)
        decoded = Labels(
            prediction_id=columns.ids(column["prediction_id"], problems, np.ones(rows, dtype=np.bool_)),
            timestamp=columns.timestamps(column["timestamp"], self._context.clock.now(), problems),
            model=model,
            actual=actual,
        )
        return decoded.take(problems.good(rows)) if problems.found else decoded

    def _model(self, values: list[Any], problems: Problems, *, required: bool) -> Categorical:
        names = columns.texts(values, "model_name", _LONGEST_NAME, problems)
        default = self._settings.defaults.model_name
        model = Categorical.of(name or default for name in names)
        if required:
            for row in np.flatnonzero(model.codes < 0).tolist():
                problems.add(
                    row,
                    "missing_field",
                    "model_name is missing; write it, or give the feed defaults.model_name",
                )
        unknown = [code for code, name in enumerate(model.values) if name not in self._models]
        for row in np.flatnonzero(np.isin(model.codes, unknown)).tolist():
            problems.add(
                row,
                "unknown_model",
                f"model_name {shown(model.values[model.codes[row]])} is none of this feed's; add it under models",
            )
        return model

    def _rows_by_model(self, model: Categorical) -> list[tuple[ModelSettings, NDArray[np.intp]]]:
        return [
            (self._models[name], np.flatnonzero(model.codes == code))
            for code, name in enumerate(model.values)
            if name in self._models
        ]

    def _payload(
        self,
        column: Mapping[str, list[Any]],
        model: Categorical,
        succeeded: NDArray[np.bool_],
        problems: Problems,
    ) -> NDArray[np.float64]:
        """Return what was predicted as the models' tasks write it; failed requests need no prediction."""
        given = columns.classes(column["prediction"], "prediction", problems)
        predicted = Categorical.of(given)
        score = columns.numbers(column["score"], "score", 0.0, 1.0, problems)
        absent = (predicted.codes < 0) & np.isnan(score) & succeeded
        for row in np.flatnonzero(absent).tolist():
            problems.add(row, "missing_field", "prediction and score are both missing; write at least one of them")
        payload = np.full((len(score), 2), np.nan)
        for settings, rows in self._rows_by_model(model):
            payload[rows] = settings.definition.payload(predicted.take(rows), score[rows])
        for row in np.flatnonzero(np.isnan(payload[:, 0]) & (predicted.codes >= 0)).tolist():
            problems.add(row, "bad_value", self._no_class("prediction", given[row], model, row))
        return payload

    def _check_actual(self, actual: Categorical, model: Categorical, problems: Problems) -> None:
        """A label must be a class of the model that it names, or of any model of the feed where it names none."""
        for settings, rows in self._rows_by_model(model):
            meaning = settings.definition.actual(actual.take(rows))
            for row in rows[np.isnan(meaning) & (actual.codes[rows] >= 0)].tolist():
                problems.add(row, "bad_value", self._no_class("actual", actual.values[actual.codes[row]], model, row))
        anonymous = np.flatnonzero((model.codes < 0) & (actual.codes >= 0))
        meanings = [settings.definition.actual(actual.take(anonymous)) for settings in self._models.values()]
        if len(anonymous) and meanings:
            for row in anonymous[np.isnan(np.stack(meanings)).all(axis=0)].tolist():
                value = actual.values[actual.codes[row]]
                problems.add(row, "bad_value", f"actual {shown(value)} is a class of no model of this feed")

    def _no_class(self, field: str, value: str | None, model: Categorical, row: int) -> str:
        settings = self._models.get(model.values[model.codes[row]])
        names = " or ".join(map(repr, settings.definition.class_names)) if settings else "a class of the model"
        return f"{field} {shown(value)} is no class of the model; write {names}"

    def _segments(self, values: list[Any], model: Categorical, problems: Problems) -> dict[str, Categorical]:
        keys = sorted({key for settings, _ in self._rows_by_model(model) for key in settings.segments})
        if not keys:
            return {}
        known: list[Mapping[str, Any]] = []
        for row, value in enumerate(values):
            if value is None or isinstance(value, dict):
                known.append(value or {})
            else:
                problems.add(row, "bad_value", f"segment {shown(value)} is no object of keys and values")
                known.append({})
        found = {}
        for key in keys:
            sliced = [key in self._models[name].segments if name in self._models else False for name in model.values]
            has_key = np.array([*sliced, False], dtype=np.bool_)[model.codes]
            column = Categorical.of(_segment_value(value.get(key)) for value in known)
            found[key] = Categorical(np.where(has_key, column.codes, -1).astype(np.int32), column.values)
        return found


def _segment_value(value: Any) -> str:
    """Return a segment value as text; what is missing, empty or no scalar counts as missing."""
    if value is None or value == "" or not isinstance(value, str | int | float):
        return MISSING
    return class_text(value)[:_LONGEST_SEGMENT_VALUE]
