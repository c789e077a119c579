"""Feeds over real files, and the lines that go into them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_exporter.clock import ManualClock
from ml_exporter.config import ModelSettings
from ml_exporter.events import Labels, Predictions
from ml_exporter.feeds import Batch, FeedContext, Inboxes, Rejection
from ml_exporter.feeds.decoding import Decoded, JsonEvents
from ml_exporter.feeds.file import FileFeed, FileFeedSettings

NOW = 1_700_000_000.0

FRAUD = ModelSettings(name="fraud", task="binary", segments=["country"])
CHURN = ModelSettings(name="churn", task="binary", positive_class="left", negative_class="stayed")


def prediction(identifier: object = "a", **changes: object) -> dict[str, Any]:
    """Return a sound prediction of the model fraud, with changes; ``...`` leaves a field out."""
    event = {"prediction_id": identifier, "model_name": "fraud", "timestamp": NOW - 60, "prediction": 1} | changes
    return {name: value for name, value in event.items() if value is not ...}


def label(identifier: object = "a", **changes: object) -> dict[str, Any]:
    """Return a sound label, with changes; ``...`` leaves a field out."""
    event = {"prediction_id": identifier, "timestamp": NOW - 30, "actual": 1} | changes
    return {name: value for name, value in event.items() if value is not ...}


def line(event: object) -> bytes:
    """Return an event as a line, as Python's own JSON writes it."""
    return json.dumps(event).encode() + b"\n"


def lines(identifiers: Iterable[object]) -> bytes:
    """Return sound predictions of these ids as lines."""
    return b"".join(line(prediction(identifier)) for identifier in identifiers)


def settings(events: str = "predictions", path: str = "*.jsonl", **options: Any) -> FileFeedSettings:
    """Return the settings of a feed of files."""
    return FileFeedSettings.model_validate({"name": "f", "kind": "file", "path": path, "events": events, **options})


def context(
    folder: Path = Path(), models: Sequence[ModelSettings] = (FRAUD, CHURN), inboxes: Inboxes | None = None
) -> FeedContext:
    """Return what a feed needs, with a clock that stands at ``NOW``."""
    return FeedContext(folder, {model.name: model for model in models}, ManualClock(NOW), inboxes or Inboxes())


def decode(events: Sequence[object], kind: str = "predictions", **options: Any) -> Decoded:
    """Decode events, or lines of bytes, at once."""
    texts = [event if isinstance(event, bytes) else line(event).rstrip() for event in events]
    return JsonEvents(settings(kind, **options), context()).decode(texts, "line {}".format)


def refused(event: object, kind: str = "predictions", **options: Any) -> Rejection:
    """Return the rejection of an event."""
    decoded = decode([event], kind, **options)
    assert len(decoded.events) == 0
    return decoded.rejections[0]


def ids(events: Predictions | Labels) -> list[str]:
    """Return the ids of events."""
    return list(events.prediction_id)


@dataclass
class Source:
    """A feed over a folder that can be opened again where it stood."""

    folder: Path
    path: str = "*.jsonl"
    read: list[str] = field(default_factory=list)
    """The ids that have been read."""

    rejections: list[Rejection] = field(default_factory=list)
    truncations: int = 0
    position: bytes | None = None
    options: dict[str, Any] = field(default_factory=dict)
    """Further settings of the feed."""

    def __post_init__(self) -> None:
        self.reopen()

    def reopen(self) -> None:
        """Forget everything but the position, as a restart does."""
        self.feed = FileFeed(settings(path=self.path, **self.options), context(self.folder), self.position)

    def step(self) -> Batch | None:
        """Read one batch."""
        batch = self.feed.read()
        if batch is not None:
            self.read += ids(batch.events)
            self.rejections += batch.rejections
            self.truncations += batch.truncations
            self.position = batch.position
        return batch

    def drain(self) -> list[str]:
        """Read all there is, and return the ids that came."""
        before = len(self.read)
        while self.step() is not None:
            pass
        return self.read[before:]


def append(path: Path, content: bytes) -> None:
    """Write at the end of a file."""
    with path.open("ab") as file:
        file.write(content)
