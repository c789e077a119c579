"""A feed of Kafka that can be opened again where it stood."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.feeds import Batch, FeedContext, Rejection
from ml_exporter.feeds.kafka import KafkaFeedSettings
from ml_exporter.feeds.kafka.feed import KafkaFeed
from tests.feeds.builders import CHURN, FRAUD, NOW, ids, line, prediction
from tests.feeds.kafka.cluster import Cluster
from tests.stack.waiting import eventually


def settings(kafka: Cluster, topic: str | None, **options: Any) -> KafkaFeedSettings:
    """Return the settings of a feed of predictions."""
    common = {"name": "f", "kind": "kafka", "events": "predictions", "brokers": [kafka.address], "topic": topic}
    return KafkaFeedSettings.model_validate(common | options)


def events(first: int, count: int) -> list[bytes]:
    """Return sound predictions whose ids are consecutive numbers."""
    return [line(prediction(str(number))).rstrip() for number in range(first, first + count)]


class Source:
    """Reads a topic, and commits every batch."""

    def __init__(self, kafka: Cluster, topic: str | None, **options: Any) -> None:
        self.clock = ManualClock(NOW)
        self.settings = settings(kafka, topic, **options)
        self.read: list[str] = []
        self.rejections: list[Rejection] = []
        self.lost = self.truncations = 0
        self.position: bytes | None = None
        self.last: Batch | None = None
        self.feed: KafkaFeed | None = None

    def open(self) -> KafkaFeed:
        """Return the feed, opened where it stood if it is not open."""
        if self.feed is None:
            context = FeedContext(folder=Path(), models={one.name: one for one in (FRAUD, CHURN)}, clock=self.clock)
            self.feed = KafkaFeed(self.settings, context, self.position)
        return self.feed

    def close(self) -> None:
        """Close the feed: what was read and not committed is forgotten."""
        if self.feed is not None:
            self.feed.close()
            self.feed = None

    def step(self) -> Batch | None:
        """Read one batch."""
        batch = self.open().read()
        if batch is not None:
            assert batch.read <= feeds.MAXIMUM_ROWS
            self.last = batch
            self.read += ids(batch.events)
            self.rejections += batch.rejections
            self.lost += batch.lost
            self.truncations += batch.truncations
            self.position = batch.position
        return batch

    def until(self, seen: Callable[[], bool], what: str = "everything is read") -> None:
        """Read batch after batch until something is there."""

        def look() -> bool:
            self.step()
            return seen()

        eventually(look, what)

    def take(self, count: int) -> list[str]:
        """Read until so many events have come in all, and return their ids."""
        self.until(lambda: len(self.read) + len(self.rejections) >= count)
        return self.read
