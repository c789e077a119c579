"""Feeds of SQL over real databases, and the rows that go into them."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ml_exporter.clock import ManualClock
from ml_exporter.feeds import Batch, Feed, FeedContext, Rejection
from ml_exporter.feeds.sql import FEED, SqlFeedSettings
from tests.feeds.builders import CHURN, FRAUD, NOW, ids
from tests.feeds.sql.databases import Database

BY_ID = "CREATE TABLE predictions (id INTEGER PRIMARY KEY, prediction_id TEXT, timestamp FLOAT, prediction INTEGER)"
"""A table of predictions with a number that grows."""

EARLIER = NOW - 3600


def by_id(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row for it, with changes."""
    return {"id": number, "prediction_id": f"p{number}", "timestamp": EARLIER, "prediction": 1} | changes


def moment(seconds: float) -> dt.datetime:
    """Return a time as PostgreSQL takes it."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def settings(url: str, **options: Any) -> SqlFeedSettings:
    """Return the settings of a feed of SQL; by default of predictions, by id."""
    values = {
        "name": "f",
        "kind": "sql",
        "url": url,
        "events": "predictions",
        "defaults": {"model_name": "fraud"},
        "cursor": "id",
        "lag": "30s",
        "every": "1s",
    }
    if "query" not in options:
        values["table"] = "predictions"
    return SqlFeedSettings.model_validate(values | options)


@dataclass
class Source:
    """A feed over a database that can be opened again where it stood. Its clock stands still unless it is moved."""

    settings: SqlFeedSettings
    folder: Path = field(default_factory=Path)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    position: bytes | None = None
    read: list[str] = field(default_factory=list)
    """The ids that have been read."""

    batches: list[Batch] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def _open(self) -> None:
        context = FeedContext(self.folder, {model.name: model for model in (FRAUD, CHURN)}, self.clock)
        self.feed = FEED.open(self.settings, context, self.position)

    def reopen(self, **options: Any) -> None:
        """Forget everything but the position, as a restart does, perhaps with other settings."""
        self.feed.close()
        if options:
            self.settings = SqlFeedSettings.model_validate(self.settings.model_dump() | options)
        self._open()

    def step(self) -> Batch | None:
        """Read one batch."""
        batch = self.feed.read()
        if batch is not None:
            self.read += ids(batch.events)  # type: ignore[arg-type]
            self.rejections += batch.rejections
            self.batches.append(batch)
            self.position = batch.position
        return batch

    def drain(self) -> list[str]:
        """Read all there is for now, and return the ids that came."""
        before = len(self.read)
        while self.step() is not None:
            pass
        return self.read[before:]

    def later(self, seconds: float) -> list[str]:
        """Move the clock, and read all there is then."""
        self.clock.advance(seconds)
        return self.drain()

    def settle(self) -> list[str]:
        """Look, wait until the lag of what was seen is over, and return the ids that came."""
        every = self.settings.every.seconds
        return self.later(every) + self.later(self.settings.lag.seconds + every)


class Opened(Protocol):
    """Opens a feed over a database."""

    def __call__(self, database: Database, **options: Any) -> Source: ...
