"""Events on their way between the processes of Spark: valid ones as Arrow rows, and those that could not be used.

``pack`` and ``unpack`` are each other's inverse, but for the order of rows that Spark may change in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from ml_exporter.config import Monitoring
from ml_exporter.events import Categorical, FeatureColumn, JoinedEvents, Labels, Predictions
from ml_exporter.feeds import Rejection
from ml_exporter.feeds.interface import SingleEvents

PREDICTION, LABEL, REJECTED = 0, 1, 2
"""What a row is: the column ``kind``."""

SCHEMA = pa.schema(
    [
        ("kind", pa.int8()),
        ("key", pa.int64()),
        ("time", pa.float64()),
        ("prediction_id", pa.string()),
        ("model", pa.string()),
        ("version", pa.string()),
        ("status", pa.string()),
        ("actual", pa.string()),
        ("value", pa.float64()),
        ("latency", pa.float64()),
        ("payload", pa.list_(pa.float64())),
        ("segments", pa.list_(pa.string())),
        ("numbers", pa.list_(pa.float64())),
        ("texts", pa.list_(pa.string())),
        ("strange", pa.list_(pa.bool_())),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("event", pa.string()),
    ]
)
"""``key``: all rows of one prediction_id have the same. ``segments``, ``numbers``, ``texts`` and ``strange`` have an
entry for each segment key, or feature, of the configuration."""

DDL = (
    "kind tinyint, key bigint, time double, prediction_id string, model string, version string, status string,"
    " actual string, value double, latency double, payload array<double>, segments array<string>,"
    " numbers array<double>, texts array<string>, strange array<boolean>, reason string, detail string, event string"
)
"""The same for Spark."""

ORDER = ("time", "kind", "prediction_id", "model", "version", "actual", "value", "payload")
"""The order in which events are taken: their own time. What else is equal is decided by content, never by chance."""


@dataclass(frozen=True)
class Transit:
    """Knows which segments and features rows carry."""

    segments: tuple[str, ...]
    features: tuple[str, ...]

    @classmethod
    def of(cls, monitoring: Monitoring) -> "Transit":
        """Take them from the configuration."""
        return cls(
            tuple(sorted({key for model in monitoring.models for key in model.segments})),
            tuple(sorted({feature.name for model in monitoring.models for feature in model.features})),
        )

    def pack(self, events: SingleEvents) -> list[pa.RecordBatch]:
        """Return events as rows; of joined ones a row for the prediction, and one for the label."""
        if isinstance(events, JoinedEvents):
            return [*self.pack(events.predictions), *self.pack(events.labels)]
        if not len(events):
            return []
        if isinstance(events, Labels):
            return [_rows(len(events), _of_labels(events))]
        return [_rows(len(events), self._of_predictions(events))]

    def _of_predictions(self, events: Predictions) -> Mapping[str, pa.Array]:
        rows = len(events)
        segments = [events.segments.get(key) or _nothing(rows) for key in self.segments]
        features = [events.features.get(name) or _no_feature(rows) for name in self.features]
        return {
            "kind": pa.array(np.full(rows, PREDICTION, dtype=np.int8)),
            "key": pa.array(_keys(events.prediction_id, events.timestamp)),
            "time": pa.array(events.timestamp),
            "prediction_id": pa.array(events.prediction_id, pa.string()),
            "model": _texts(events.model),
            "version": _texts(events.version),
            "status": _texts(events.status),
            "value": pa.array(events.value),
            "latency": pa.array(events.latency),
            "payload": _lists(rows, pa.array(events.payload.ravel())),
            "segments": _lists(rows, _interleaved(rows, segments)),
            "numbers": _lists(rows, pa.array(_side_by_side([one.numbers for one in features], rows))),
            "texts": _lists(rows, _interleaved(rows, [one.texts for one in features])),
            "strange": _lists(rows, pa.array(_side_by_side([one.strange for one in features], rows).astype(np.bool_))),
        }

    def unpack(self, rows: pa.RecordBatch) -> tuple[Predictions, Labels]:
        """Return the predictions and the labels among rows, each in their order."""
        kind = rows.column("kind").to_numpy()
        return self._predictions(rows.filter(pa.array(kind == PREDICTION))), _labels(
            rows.filter(pa.array(kind == LABEL))
        )

    def _predictions(self, rows: pa.RecordBatch) -> Predictions:
        count = rows.num_rows
        segments = _flat_texts(rows.column("segments"), count, len(self.segments))
        texts = _flat_texts(rows.column("texts"), count, len(self.features))
        numbers = _flat(rows.column("numbers"), count, len(self.features))
        strange = _flat(rows.column("strange"), count, len(self.features)).astype(np.bool_)
        return Predictions(
            prediction_id=_ids(rows),
            timestamp=rows.column("time").to_numpy(),
            model=categorical(rows.column("model")),
            version=categorical(rows.column("version")),
            status=categorical(rows.column("status")),
            payload=_payload(rows.column("payload")),
            value=rows.column("value").to_numpy(),
            latency=rows.column("latency").to_numpy(),
            trace_id=np.full(count, "", dtype=object),
            segments=dict(zip(self.segments, segments, strict=True)),
            features={
                name: FeatureColumn(numbers[:, place], texts[place], strange[:, place])
                for place, name in enumerate(self.features)
            },
        )


def _of_labels(events: Labels) -> Mapping[str, pa.Array]:
    return {
        "kind": pa.array(np.full(len(events), LABEL, dtype=np.int8)),
        "key": pa.array(_keys(events.prediction_id, events.timestamp)),
        "time": pa.array(events.timestamp),
        "prediction_id": pa.array(events.prediction_id, pa.string()),
        "model": _texts(events.model),
        "actual": _texts(events.actual),
        "value": pa.array(events.value),
    }


def _labels(rows: pa.RecordBatch) -> Labels:
    return Labels(
        prediction_id=_ids(rows),
        timestamp=rows.column("time").to_numpy(),
        model=categorical(rows.column("model")),
        actual=categorical(rows.column("actual")),
        value=rows.column("value").to_numpy(),
    )


def pack_rejections(rejections: Sequence[Rejection]) -> list[pa.RecordBatch]:
    """Return events that could not be used as rows."""
    if not rejections:
        return []
    columns: Mapping[str, pa.Array] = {
        "kind": pa.array(np.full(len(rejections), REJECTED, dtype=np.int8)),
        "reason": pa.array([one.reason for one in rejections]),
        "detail": pa.array([one.detail for one in rejections]),
        "event": pa.array([one.event for one in rejections]),
    }
    return [_rows(len(rejections), columns)]


def _rows(count: int, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    arrays = [columns.get(field.name, pa.nulls(count, field.type)).cast(field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _keys(ids: NDArray[np.object_], times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Hash ids; what has none, a failed request, may go anywhere."""
    named = (name.encode() if name else time.tobytes() for name, time in zip(ids.tolist(), times, strict=True))
    return np.fromiter(map(xxhash.xxh3_64_intdigest, named), dtype=np.uint64, count=len(ids)).view(np.int64)


def _texts(column: Categorical) -> pa.Array:
    codes = pa.array(column.codes, mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.values, pa.string())).cast(pa.string())


def _lists(rows: int, flat: pa.Array) -> pa.Array:
    width = len(flat) // rows
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), flat)


def _interleaved(rows: int, columns: Sequence[Categorical]) -> pa.Array:
    """Return the texts of several columns row after row."""
    codes = np.full((rows, len(columns)), -1, dtype=np.int64)
    values: list[str] = []
    for place, column in enumerate(columns):
        codes[:, place] = np.where(column.codes < 0, -1, column.codes + len(values))
        values += column.values
    flat = codes.ravel()
    return pa.DictionaryArray.from_arrays(pa.array(flat, mask=flat < 0), pa.array(values, pa.string())).cast(
        pa.string()
    )


def _side_by_side(columns: Sequence[NDArray[Any]], rows: int) -> NDArray[Any]:
    return np.column_stack(columns).ravel() if columns else np.empty(0 * rows)


def categorical(column: pa.Array) -> Categorical:
    """Return a column of texts."""
    encoded = column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Categorical(codes.astype(np.int32), tuple(encoded.dictionary.to_pylist()))


def _flat_texts(column: pa.Array, rows: int, width: int) -> list[Categorical]:
    whole = categorical(column.flatten())
    codes = whole.codes.reshape(rows, width)
    return [Categorical(codes[:, place], whole.values) for place in range(width)]


def _flat(column: pa.Array, rows: int, width: int) -> NDArray[Any]:
    return np.asarray(column.flatten().to_numpy(zero_copy_only=False)).reshape(rows, width)


def _payload(column: pa.Array) -> NDArray[np.float64]:
    """Return payloads, (rows, columns of the widest): batches of one model may have been narrower than others."""
    lengths = column.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    widest = int(lengths.max(initial=1))
    payload = np.full((len(lengths), widest), np.nan)
    payload[np.arange(widest) < lengths[:, None]] = column.flatten().to_numpy(zero_copy_only=False)
    return payload


def _ids(rows: pa.RecordBatch) -> NDArray[np.object_]:
    return np.asarray(rows.column("prediction_id").to_numpy(zero_copy_only=False), dtype=object)


def _nothing(rows: int) -> Categorical:
    return Categorical(np.full(rows, -1, dtype=np.int32), ())


def _no_feature(rows: int) -> FeatureColumn:
    return FeatureColumn(np.full(rows, np.nan), _nothing(rows), np.zeros(rows, dtype=np.bool_))
