"""From raw columns with our field names to valid events, whatever the source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings, ModelSettings
from ml_exporter.config.feed import FIELDS
from ml_exporter.events import Categorical, JoinedEvents, Labels, Predictions
from ml_exporter.feeds.decoding.actuals import actuals
from ml_exporter.feeds.decoding.columns import ids, names, numbers, trace_ids
from ml_exporter.feeds.decoding.features import values_at_stake, watched_features
from ml_exporter.feeds.decoding.problems import Problems, RowProblems, shown
from ml_exporter.feeds.decoding.segments import segments
from ml_exporter.feeds.decoding.tasks import Columns, task_decoders
from ml_exporter.feeds.decoding.times import timestamps
from ml_exporter.feeds.interface import FeedContext, SingleEvents
from ml_exporter.tallies import SUCCESS

UNVERSIONED = "unversioned"
"""The version of a prediction that names none."""

_LONGEST_NAME = 256
_LONGEST_STATUS = 64


@dataclass(frozen=True)
class Usable:
    """The events that can be used, and what is wrong with the others, by their row among all."""

    events: SingleEvents
    problems: Problems


class EventDecoder:
    """Validates the events of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext) -> None:
        self._settings = settings
        self._clock = context.clock
        self._models = context.models
        self.fields: Sequence[str] = _fields_read(settings, list(context.models.values()))

    def decode(self, columns: Columns) -> Usable:
        """Turn raw columns, one for each of ``fields``, into valid events."""
        problems = Problems()
        decoded: SingleEvents
        if self._settings.events == "predictions":
            decoded = self._predictions(columns, problems)
        elif self._settings.events == "labels":
            decoded = self._labels(columns, problems)
        else:
            decoded = self._outcomes(columns, problems)
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
            value=values_at_stake(columns.get("features"), model, self._models),
            latency=numbers(columns["latency_seconds"], "latency_seconds", 0.0, np.inf, problems),
            trace_id=trace_ids(columns["trace_id"]),
            segments=segments(columns["segment"], model, self._models, problems),
            features=watched_features(columns.get("features"), model, self._models),
        )

    def _labels(self, columns: Columns, problems: Problems) -> Labels:
        only = self._settings.models[0] if len(self._settings.models) == 1 else None
        model = self._model(columns["model_name"], problems, only)
        return Labels(
            prediction_id=ids(columns["prediction_id"], np.ones(len(model), dtype=np.bool_), problems),
            timestamp=timestamps(columns["timestamp"], self._clock.now(), problems),
            model=model,
            actual=actuals(columns["actual"], model, self._models, problems),
            value=numbers(columns["value"], "value", -np.inf, np.inf, problems),
        )

    def _outcomes(self, columns: Columns, problems: Problems) -> JoinedEvents:
        """Read rows that are prediction and label in one; where they name no time of the label, it is the row's."""
        predictions = self._predictions(columns, problems)
        for row in np.flatnonzero([name != SUCCESS for name in predictions.status.texts()]).tolist():
            detail = "a request that failed has no outcome; leave the row out, or send it to a feed of predictions"
            problems.add(row, "bad_value", detail)
        label_times = [
            time if label_time is None else label_time
            for time, label_time in zip(columns["timestamp"], columns["label_timestamp"], strict=True)
        ]
        labels = Labels(
            prediction_id=predictions.prediction_id,
            timestamp=timestamps(label_times, self._clock.now(), problems),
            model=predictions.model,
            actual=actuals(columns["actual"], predictions.model, self._models, problems),
            value=numbers(columns["value"], "value", -np.inf, np.inf, problems),
        )
        return JoinedEvents(predictions, labels)

    def _model(self, values: Sequence[Any], problems: Problems, only: str | None = None) -> Categorical:
        """Return the events' models, -1 where neither event nor feed names one.

        Args:
            values: what the events say.
            problems: takes what is wrong.
            only: the model of an event that names none, unless the feed has a default.
        """
        model = names(values, "model_name", _LONGEST_NAME, self._settings.defaults.model_name or only, problems)
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
        """Return what was predicted as each model's task writes it, (rows, columns of the widest)."""
        parts = [
            (rows, self._payload_of(settings, columns, rows, succeeded, problems))
            for settings, rows in self._rows_by_model(model)
            if len(rows)
        ]
        payload = np.full((len(model), max((part.shape[1] for _, part in parts), default=1)), np.nan)
        for rows, part in parts:
            payload[rows, : part.shape[1]] = part
        return payload

    @staticmethod
    def _payload_of(
        settings: ModelSettings,
        columns: Columns,
        rows: NDArray[np.intp],
        succeeded: NDArray[np.bool_],
        problems: Problems,
    ) -> NDArray[np.float64]:
        decoder = task_decoders()[settings.task]
        whole = len(rows) == len(succeeded)
        own = {
            field: columns[field] if whole else [columns[field][row] for row in rows.tolist()]
            for field in decoder.fields
        }
        return decoder.payload(own, settings.definition, succeeded[rows], RowProblems(problems, rows))


def _fields_read(settings: FeedSettings, models: Sequence[ModelSettings]) -> tuple[str, ...]:
    """Return the fields that have to be read of the feed's events: what no model asks for stays undecoded."""
    decoders = task_decoders()
    of_tasks = {field for decoder in decoders.values() for field in decoder.fields}
    asked = {field for model in models for field in decoders[model.task].fields}
    if any(model.value_feature is not None or model.features for model in models):
        asked.add("features")
    return tuple(field for field in FIELDS[settings.events] if field not in {*of_tasks, "features"} or field in asked)
