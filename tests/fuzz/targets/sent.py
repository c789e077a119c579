"""Bodies that are sent, of every kind: a first line says which, as a media type, the rest is the body.

Whatever it is, every event of it becomes one that can be kept, or is told why it is none, or all of it is refused.
"""

import json
from pathlib import Path

import numpy as np

from ml_exporter.clock import ManualClock
from ml_exporter.feeds import FeedContext
from ml_exporter.feeds.http import HttpFeed, HttpFeedSettings
from ml_exporter.feeds.http.content import COLUMNS, JSON, JSON_LINES
from ml_exporter.feeds.inference_log import InferenceLogFeed, InferenceLogFeedSettings
from ml_exporter.feeds.inference_log.cloud_events import BATCH
from ml_exporter.feeds.receiving import BadBody, Body, Receipt, Rights, TooLarge, UnsupportedBody
from tests.pipeline.in_process import NOW, monitoring

_CONFIGURATION = monitoring(
    {"name": "b", "task": "binary", "segments": ["s"], "features": ["f"]},
    {"name": "r", "task": "regression"},
    {"name": "m", "task": "multiclass", "classes": ["x", "y"]},
)
_MODELS = {model.name: model for model in _CONFIGURATION.models}
_RIGHTS = (Rights(), Rights(("b",)), Rights(("b", "r")))
_MOST = 1000


def _settings(events: str) -> HttpFeedSettings:
    return HttpFeedSettings(name=events, kind="http", events=events, max_request_events=_MOST)


_LOG = InferenceLogFeedSettings(name="log", kind="inference_log", request_within="1s", max_request_events=_MOST)
_EVENT = {"prediction_id": "a", "model_name": "b", "timestamp": NOW, "score": 0.5, "segment": {"s": "v"}, "actual": 1}
_LOGGED = {"id": "a", "inferenceservicename": "r", "time": "2023-11-14T22:13:20.123456789Z", "specversion": "1.0"}
_REQUEST, _RESPONSE = (f"org.kubeflow.serving.inference.{side}" for side in ("request", "response"))
_TENSOR = {"name": "y", "shape": [2, 1], "datatype": "FP64", "data": [[1.5], [2]]}


def _seed(media_type: str, content: object) -> bytes:
    return media_type.encode() + b"\n" + (content if isinstance(content, bytes) else json.dumps(content).encode())


SEEDS = (
    _seed(JSON, [_EVENT, {**_EVENT, "prediction_id": 7, "model_name": None}, 1, "a", None]),
    _seed(JSON, _EVENT),
    _seed(JSON, b'[{"prediction_id": "a", "score": NaN, "timestamp": 1}, "\\ud800"]'),
    _seed(JSON_LINES[0], json.dumps(_EVENT).encode() + b"\r\n\n{\n"),
    _seed(COLUMNS, {name: [value, None] for name, value in _EVENT.items()}),
    _seed(COLUMNS, {"segment.s": ["v", 1], "features.f": [[], {}], "scores.x": ["a", 1e400], "timestamp": [1, "x"]}),
    _seed(
        BATCH,
        [
            {**_LOGGED, "type": _REQUEST, "data": {"instances": [[1, 2], [3, 4]]}},
            {**_LOGGED, "type": _RESPONSE, "data": {"predictions": [1, 2]}},
            {**_LOGGED, "type": _RESPONSE, "data_base64": "eyJwcmVkaWN0aW9ucyI6WzBdfQ=="},
        ],
    ),
    _seed(
        BATCH,
        [
            {**_LOGGED, "type": _REQUEST, "data": {"inputs": [_TENSOR], "id": "1"}},
            {**_LOGGED, "type": _RESPONSE, "data": {"outputs": [_TENSOR], "model_version": "3"}},
            {**_LOGGED, "type": _RESPONSE, "data": {"outputs": [{**_TENSOR, "shape": [10**30, 0], "data": []}]}},
        ],
    ),
    _seed(
        BATCH,
        [
            {**_LOGGED, "type": _REQUEST, "data": {"data": {"names": ["f"], "ndarray": [[1]]}}},
            {**_LOGGED, "type": _RESPONSE, "data": {"data": {"tensor": {"shape": [1, 1], "values": [0.5]}}}},
            {**_LOGGED, "type": "other", "data": "text"},
        ],
    ),
    b"text/plain\n[]",
    b"application/json\n" + b"[" * 3000,
)


def take(data: bytes) -> None:
    """Send it to a feed of each kind."""
    kind, _, content = data.partition(b"\n")
    body = Body(kind.decode("latin-1"), {"content-type": kind.decode("latin-1")}, content)
    for rights in _RIGHTS:
        for events in ("predictions", "labels", "outcomes"):
            _send(HttpFeed(_settings(events), _context()), body, rights)
        _send(InferenceLogFeed(_LOG, _context()), body, rights)


def _context() -> FeedContext:
    return FeedContext(Path(), _MODELS, ManualClock(NOW))


def _send(feed: HttpFeed | InferenceLogFeed, body: Body, rights: Rights) -> None:
    answers: list[Receipt | None] = []
    try:
        content = feed.inbox.understand(body, rights)
    except (BadBody, TooLarge, UnsupportedBody):
        feed.close()
        return
    assert len(content) <= _MOST
    if len(content):
        feed.inbox.admit().deliver(content, "somewhere", answers.append)
        clock = feed._context.clock
        for _ in range(3):
            batch = feed.read()
            if batch is not None and batch.committed is not None:
                batch.committed(np.ones(len(batch.events), dtype=np.bool_))
                assert all(rejection.detail and rejection.place for rejection in batch.rejections)
            if answers:
                break
            assert isinstance(clock, ManualClock)
            clock.advance(2)
        (answer,) = answers
        assert answer is not None
        assert answer.accepted + answer.duplicate + answer.rejected == len(content)
    feed.close()
