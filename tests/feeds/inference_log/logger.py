"""A payload logger, and a feed that takes what it sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ml_exporter.clock import ManualClock
from ml_exporter.config import ModelSettings
from ml_exporter.events import Predictions
from ml_exporter.feeds import Batch, FeedContext
from ml_exporter.feeds.inference_log import InferenceLogFeed, InferenceLogFeedSettings
from ml_exporter.feeds.receiving import Body, Receipt, Rights
from tests.feeds.builders import NOW, context

IRIS = ModelSettings(
    name="iris",
    task="multiclass",
    classes=["setosa", "versicolor", "virginica"],
    features=["length", "width"],
    segments=["garden"],
)
FRAUD = ModelSettings(name="fraud", task="binary", features=["amount", "country"], segments=["country"])
PRICES = ModelSettings(name="prices", task="regression")


def kserve(kind: str, identifier: str, at: float = NOW - 10, **attributes: str) -> dict[str, str]:
    """Return the headers of KServe's logger. It repeats the request's content type, which curl invents."""
    return {
        "ce-id": identifier,
        "ce-type": f"org.kubeflow.serving.inference.{kind}",
        "ce-source": "http://localhost:8080/",
        "ce-specversion": "1.0",
        "ce-time": _moment(at),
        "ce-inferenceservicename": "fraud",
        "ce-namespace": "shop",
        "ce-component": "predictor",
        "ce-endpoint": "",
        "content-type": "application/x-www-form-urlencoded",
        **{f"ce-{name}": value for name, value in attributes.items()},
    }


def seldon(kind: str, request: str, at: float = NOW - 10, **attributes: str) -> dict[str, str]:
    """Return the headers of Seldon's logger: both events have ids of their own."""
    return {
        **kserve(kind, f"{request}-{kind}", at),
        "ce-type": f"io.seldon.serving.inference.{kind}",
        "ce-requestid": request,
        "ce-modelid": "classifier",
        "ce-endpoint": "canary",
        "content-type": "application/json",
        **{f"ce-{name}": value for name, value in attributes.items()},
    }


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}123Z"


@dataclass
class Logger:
    """Sends to a feed, whose batches the test takes."""

    options: Mapping[str, Any] = field(default_factory=dict)
    answers: dict[str, Receipt | None] = field(default_factory=dict)
    """The id that an event was sent with to what was answered."""

    def __post_init__(self) -> None:
        values = {"name": "log", "kind": "inference_log", **self.options}
        self.settings = InferenceLogFeedSettings.model_validate(values)
        self.context: FeedContext = context(models=(FRAUD, IRIS, PRICES))
        self.feed = InferenceLogFeed(self.settings, self.context)
        self.clock = self.context.clock

    def send(self, headers: Mapping[str, str], data: object, rights: Rights | None = None) -> None:
        """Send one request."""
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        body = Body(headers.get("content-type", ""), headers, content)
        name = headers.get("ce-id", "all")
        events = self.feed.inbox.understand(body, rights or Rights())
        place = self.feed.inbox.admit()
        place.hold(len(content))
        place.deliver(events, "somewhere", lambda receipt: self.answers.update({name: receipt}))

    def read(self) -> Batch | None:
        """Take the next batch as if each event in it were new, and made durable."""
        batch = self.feed.read()
        if batch is not None and batch.committed is not None:
            batch.committed(np.ones(len(batch.events), dtype=np.bool_))
        return batch

    def predictions(self) -> Predictions:
        """Take the next batch, of predictions and nothing else."""
        batch = self.read()
        assert batch is not None
        assert batch.rejections == ()
        assert isinstance(batch.events, Predictions)
        return batch.events

    def later(self, seconds: float) -> None:
        """Let time pass."""
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(seconds)
