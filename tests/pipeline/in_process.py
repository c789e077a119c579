"""An engine over a store, fed with plain events; without threads and with a clock that stands still."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ml_exporter.clock import ManualClock
from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.feeds import Batch, FeedContext
from ml_exporter.feeds.decoding import JsonEvents
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline import Engine, FeedStatus, open_store, plug_in_kinds
from ml_exporter.snapshot import Snapshot
from tests.scraped import Scraped

NOW = 1_700_000_000.0


def monitoring(*models: Mapping[str, Any], **options: Any) -> Monitoring:
    """Make a configuration with a feed of predictions and one of labels; without models, one that is called fraud."""
    feeds = [
        {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in ("predictions", "labels")
    ]
    values = {"models": list(models) or [{"name": "fraud", "task": "binary"}], "feeds": feeds, **options}
    return Monitoring.model_validate(values, context=vars(plug_in_kinds()))


def prediction(identifier: str, **changes: Any) -> dict[str, Any]:
    """Return a prediction of version v1 of fraud that a minute ago said 1, with changes; ``None`` leaves out."""
    event = {
        "prediction_id": identifier,
        "model_name": "fraud",
        "model_version": "v1",
        "timestamp": NOW - 60,
        "prediction": 1,
    }
    return {name: value for name, value in (event | changes).items() if value is not None}


def label(identifier: str, actual: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a label of half a minute ago, with changes."""
    return {"prediction_id": identifier, "timestamp": NOW - 30, "actual": actual} | changes


@dataclass
class InProcess:
    """Feeds an engine. ``restart`` opens the store anew, as after ``kill -9``: nothing is ever closed in order."""

    folder: Path
    monitoring: Monitoring
    at: float = NOW
    ledger: Ledger = field(init=False)
    engine: Engine = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    """Feed to the number of its batches: its position."""

    def __post_init__(self) -> None:
        self.ledger = open_store(self.folder)
        self.engine = Engine(self.monitoring, self.ledger)

    def watch(self, watched: Callable[[Ledger], Ledger]) -> None:
        """Put something between engine and ledger."""
        self.ledger = watched(self.ledger)
        self.engine = Engine(self.monitoring, self.ledger)

    def restart(self, monitoring: Monitoring | None = None) -> None:
        """Stop and start, perhaps with another configuration."""
        self.close()
        self.monitoring = monitoring or self.monitoring
        self.__post_init__()

    @property
    def database(self) -> Any:
        """The store's SQLite file, as its ledger has opened it."""
        return self.ledger._database.connection  # type: ignore[attr-defined]

    def close(self) -> None:
        """Let go of the store."""
        self.ledger.close()

    def batch(self, feed: str, events: Sequence[object]) -> Batch:
        """Return a batch of a feed; an event is an object, or bytes for what is none."""
        settings = next(settings for settings in self.monitoring.feeds if settings.name == feed)
        position = str(self.done[feed] + 1).encode()
        return make_batch(self.monitoring, settings, events, position, self.at)

    def process(self, feed: str, *events: object) -> None:
        """Take events in as one batch."""
        self.engine.process(self.batch(feed, events), self.at)
        self.done[feed] += 1

    def predict(self, *events: object) -> None:
        """Take predictions in as one batch."""
        self.process("predictions", *events)

    def label(self, *events: object) -> None:
        """Take labels in as one batch."""
        self.process("labels", *events)

    def tick(self, **statuses: FeedStatus) -> Scraped:
        """Tick, and return what /metrics shows."""
        return Scraped(self.snapshot(**statuses).text.text)

    def snapshot(self, **statuses: FeedStatus) -> Snapshot:
        """Tick, and return the snapshot."""
        return self.engine.tick(self.at, statuses)


class Start(Protocol):
    """Starts an engine over the store in a folder; by default with the model fraud, at ``NOW``."""

    def __call__(self, folder: Path, monitoring: Monitoring = ..., at: float = ...) -> InProcess: ...


def make_batch(
    monitoring: Monitoring, settings: FeedSettings, events: Sequence[object], position: bytes, at: float
) -> Batch:
    """Return a batch of a feed, decoded as the feed of files does it."""
    models = {model.name: model for model in monitoring.models_of(settings)}
    decoder = JsonEvents(settings, FeedContext(Path(), models, ManualClock(at)))
    lines = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    decoded = decoder.decode(lines, "line {}".format)
    return Batch(settings.name, decoded.events, decoded.rejections, position, behind=False, newest=decoded.newest)
