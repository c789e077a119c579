"""Lines of a feed, of all kinds of events and tasks: each can be kept as an event, or is told why it is none."""

import json
import math
from pathlib import Path

import numpy as np

from ml_exporter.clock import ManualClock
from ml_exporter.events import Categorical, JoinedEvents, Labels, Predictions
from ml_exporter.feeds import FeedContext
from ml_exporter.feeds.decoding import JsonEvents
from tests.pipeline.in_process import NOW, monitoring

_CONFIGURATION = monitoring(
    {
        "name": "b",
        "task": "binary",
        "segments": ["s"],
        "features": ["f", {"name": "g", "range": [0, 1]}],
        "business": {"value": "f", "currency": "EUR"},
    },
    {"name": "m", "task": "multiclass", "classes": ["x", "y", "1"]},
    {"name": "r", "task": "regression"},
    {"name": "k", "task": "ranking", "k": [1, 3]},
    feeds=[
        {"name": kind, "kind": "file", "path": f"{kind}.jsonl", "events": kind, "defaults": {"model_name": "b"}}
        for kind in ("predictions", "labels", "outcomes")
    ],
)
_CONTEXT = FeedContext(Path(), {model.name: model for model in _CONFIGURATION.models}, ManualClock(NOW))
_DECODERS = [JsonEvents(feed, _CONTEXT) for feed in _CONFIGURATION.feeds]

SEEDS = (
    *(
        json.dumps(event).encode()
        for event in (
            {"prediction_id": "a", "model_name": "b", "timestamp": NOW, "score": 0.5, "segment": {"s": "v"}},
            {"prediction_id": 1, "model_name": "m", "timestamp": "2023-11-14T00:00:00Z", "scores": {"x": 0.5}},
            {"prediction_id": "a", "model_name": "r", "timestamp": NOW, "prediction": 1e300, "lower": 0, "upper": 2},
            {"prediction_id": "a", "model_name": "k", "timestamp": NOW, "items": ["p", 2], "actual": {"p": 1}},
            {"prediction_id": "a", "timestamp": NOW, "actual": True, "value": 3.5, "label_timestamp": NOW},
            {"model_name": "b", "timestamp": NOW, "status": "timeout", "latency_seconds": 0.1, "trace_id": "t"},
            {"prediction_id": "a", "timestamp": NOW, "prediction": 1, "features": {"f": None, "g": "x"}},
        )
    ),
    b'{"prediction_id": "a", "timestamp": NaN, "score": Infinity}',
    b'{"prediction_id": "\\ud800", "timestamp": 1, "prediction": 1, "actual": "\\udfff"}',
    b'{"prediction_id": ' + b"9" * 5000 + b', "timestamp": 1e308, "prediction": 1e999, "actual": []}',
    b"[" * 2000,
    b"\xff\xfe\x00",
)


def take(data: bytes) -> None:
    """Decode lines as each feed would, and look at what comes out."""
    lines = data.split(b"\n")
    written = sum(bool(line.strip()) for line in lines)
    for decoder in _DECODERS:
        decoded = decoder.decode(lines, "line {}".format)
        assert len(decoded.events) + len(decoded.rejections) == written
        assert all(rejection.detail and rejection.place for rejection in decoded.rejections)
        assert math.isfinite(decoded.newest)
        if isinstance(decoded.events, JoinedEvents):
            _look_at(decoded.events.predictions)
            _look_at(decoded.events.labels)
        else:
            _look_at(decoded.events)


def _look_at(events: Predictions | Labels) -> None:
    assert np.isfinite(events.timestamp).all()
    assert (events.timestamp > 0).all()
    assert not np.isinf(events.value).any()
    for identifier in events.prediction_id:
        identifier.encode()
    if isinstance(events, Labels):
        _can_be_kept(events.actual)
        return
    assert not np.isinf(events.payload).any()
    assert not (events.latency < 0).any()
    assert not np.isinf(events.latency).any()
    for column in (events.model, events.version, events.status, *events.segments.values()):
        _can_be_kept(column)
    assert all(trace_id.isascii() for trace_id in events.trace_id)


def _can_be_kept(column: Categorical) -> None:
    for text in column.values:
        text.encode()
