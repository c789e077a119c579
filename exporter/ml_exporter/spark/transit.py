"""Events on their way between the processes of Spark: valid ones as Arrow rows, and those that could not be used.

``pack`` and ``unpack`` are each other's inverse, but for the order of rows that Spark may change in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ml_exporter.config import Monitoring
from ml_exporter.events import Categorical, FeatureColumn, JoinedEvents, Labels, Predictions
from ml_exporter.feeds import Rejection
from ml_exporter.feeds.interface import SingleEvents

PREDICTION, LABEL, REJECTED = 0, 1, 2
"""What a row is: the column ``kind``."""

_SAME = [
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
    ("payload", pa.binary()),
    ("numbers", pa.binary()),
    ("strange", pa.binary()),
    ("reason", pa.string()),
    ("detail", pa.string()),
    ("event", pa.string()),
]
"""The columns whatever the configuration. ``key``: all rows of one prediction_id have the same. ``payload`` and
``numbers`` are float64, ``strange`` is bytes: Spark takes many times as long for arrays as for these."""

_SPARK = {
    pa.int8(): "tinyint",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "binary",
}

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

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of rows: a text for each segment key, and for each feature, beside those that all have."""
        texts = (*self._segment_columns, *self._text_columns)
        return pa.schema([*_SAME, *((name, pa.string()) for name in texts)])

    @property
    def ddl(self) -> str:
        """Return the same for Spark."""
        return ", ".join(f"{column.name} {_SPARK[column.type]}" for column in self.schema)

    @property
    def _segment_columns(self) -> list[str]:
        return [f"segment_{place}" for place in range(len(self.segments))]

    @property
    def _text_columns(self) -> list[str]:
        return [f"text_{place}" for place in range(len(self.features))]

    def pack(self, events: SingleEvents) -> list[pa.RecordBatch]:
        """Return events as rows; of joined ones a row for the prediction, and one for the label."""
        if isinstance(events, JoinedEvents):
            return [*self.pack(events.predictions), *self.pack(events.labels)]
        if not len(events):
            return []
        if isinstance(events, Labels):
            return [self._rows(len(events), _of_labels(events))]
        return [self._rows(len(events), self._of_predictions(events))]

    def pack_rejections(self, rejections: Sequence[Rejection]) -> list[pa.RecordBatch]:
        """Return events that could not be used as rows."""
        if not rejections:
            return []
        columns: Mapping[str, pa.Array] = {
            "kind": pa.array(np.full(len(rejections), REJECTED, dtype=np.int8)),
            "reason": pa.array([one.reason for one in rejections]),
            "detail": pa.array([one.detail for one in rejections]),
            "event": pa.array([one.event for one in rejections]),
        }
        return [self._rows(len(rejections), columns)]

    def _rows(self, count: int, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
        schema = self.schema
        arrays = [columns.get(field.name, pa.nulls(count, field.type)).cast(field.type) for field in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

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
            "payload": _bytes(events.payload),
            "numbers": _bytes(_side_by_side([one.numbers for one in features], rows)),
            "strange": _bytes(_side_by_side([one.strange for one in features], rows).astype(np.bool_)),
            **dict(zip(self._segment_columns, map(_texts, segments), strict=True)),
            **dict(zip(self._text_columns, (_texts(one.texts) for one in features), strict=True)),
        }

    def unpack(self, rows: pa.RecordBatch) -> tuple[Predictions, Labels]:
        """Return the predictions and the labels among rows, each in their order."""
        kind = rows.column("kind").to_numpy()
        return self._predictions(rows.filter(pa.array(kind == PREDICTION))), _labels(
            rows.filter(pa.array(kind == LABEL))
        )

    def _predictions(self, rows: pa.RecordBatch) -> Predictions:
        count = rows.num_rows
        numbers = _numbers(rows.column("numbers"), np.float64).reshape(count, len(self.features))
        strange = _numbers(rows.column("strange"), np.bool_).reshape(count, len(self.features))
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
            segments={
                name: categorical(rows.column(column))
                for name, column in zip(self.segments, self._segment_columns, strict=True)
            },
            features={
                name: FeatureColumn(numbers[:, place], categorical(rows.column(column)), strange[:, place])
                for place, (name, column) in enumerate(zip(self.features, self._text_columns, strict=True))
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


def _keys(ids: NDArray[np.object_], times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Hash ids; what has none, a failed request, may go anywhere."""
    named = (name.encode() if name else time.tobytes() for name, time in zip(ids.tolist(), times, strict=True))
    return np.fromiter(map(xxhash.xxh3_64_intdigest, named), dtype=np.uint64, count=len(ids)).view(np.int64)


def _texts(column: Categorical) -> pa.Array:
    codes = pa.array(column.codes, mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.values, pa.string())).cast(pa.string())


def _bytes(columns: NDArray[Any]) -> pa.Array:
    """Return each row of numbers as bytes."""
    rows = len(columns)
    width = columns.nbytes // rows
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(columns).tobytes()
    return pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _numbers(column: pa.Array, kind: type) -> NDArray[Any]:
    """Return the numbers of all rows, one row after the other."""
    return np.frombuffer(b"".join(column.to_pylist()), dtype=kind)


def _side_by_side(columns: Sequence[NDArray[Any]], rows: int) -> NDArray[Any]:
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def categorical(column: pa.Array) -> Categorical:
    """Return a column of texts."""
    encoded = column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Categorical(codes.astype(np.int32), tuple(encoded.dictionary.to_pylist()))


def _payload(column: pa.Array) -> NDArray[np.float64]:
    """Return payloads, (rows, columns of the widest): batches of one model may have been narrower than others."""
    lengths = pc.binary_length(column).to_numpy(zero_copy_only=False).astype(np.int64) // 8
    widest = int(lengths.max(initial=1))
    payload = np.full((len(lengths), widest), np.nan)
    payload[np.arange(widest) < lengths[:, None]] = _numbers(column, np.float64)
    return payload


def _ids(rows: pa.RecordBatch) -> NDArray[np.object_]:
    return np.asarray(rows.column("prediction_id").to_numpy(zero_copy_only=False), dtype=object)


def _nothing(rows: int) -> Categorical:
    return Categorical(np.full(rows, -1, dtype=np.int32), ())


def _no_feature(rows: int) -> FeatureColumn:
    return FeatureColumn(np.full(rows, np.nan), _nothing(rows), np.zeros(rows, dtype=np.bool_))
