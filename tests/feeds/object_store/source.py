"""A feed of objects that can be opened again where it stood."""

from typing import Any

from ml_exporter.clock import ManualClock
from ml_exporter.feeds import Batch, Feed, FeedContext, FeedKind, Rejection
from ml_exporter.feeds.interface import MAXIMUM_ROWS
from tests.feeds.builders import NOW, context, ids


class Source:
    """Reads objects, and commits every batch."""

    def __init__(self, kind: FeedKind, options: dict[str, Any]) -> None:
        self.clock = ManualClock(NOW)
        self.kind = kind
        self.settings = kind.settings.model_validate(options)
        self.read: list[str] = []
        self.rejections: list[Rejection] = []
        self.position: bytes | None = None
        self.batches: list[Batch] = []
        self.feed: Feed | None = None

    def step(self) -> Batch | None:
        """Read one batch; a look is due each time."""
        self.clock.advance(60)
        if self.feed is None:
            own = FeedContext(folder=context().folder, models=context().models, clock=self.clock)
            self.feed = self.kind.open(self.settings, own, self.position)
        batch = self.feed.read()
        if batch is not None:
            assert batch.read <= MAXIMUM_ROWS
            self.batches.append(batch)
            self.read += ids(batch.events)  # type: ignore[arg-type] # no feed here has tallies
            self.rejections += batch.rejections
            self.position = batch.position
        return batch

    def all(self) -> list[str]:
        """Read until nothing is left, and return the ids so far."""
        while self.step() is not None:
            pass
        return self.read

    def close(self) -> None:
        """Close the feed: what was read and not committed is forgotten."""
        if self.feed is not None:
            self.feed.close()
            self.feed = None
