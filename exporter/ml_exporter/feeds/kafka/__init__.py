"""Feed of Kafka: the messages of topics, one event each, from every partition or from those that a replica is given."""

from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Feed, FeedContext, FeedKind
from ml_exporter.feeds.kafka.position import where
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings

__all__ = ["FEED", "KafkaFeedSettings"]


def _open(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of Kafka; the client of Kafka, which is optional, is loaded only here."""
    from ml_exporter.feeds.kafka.feed import KafkaFeed  # noqa: PLC0415 - see above

    return KafkaFeed(cast("KafkaFeedSettings", settings), context, position)


def _to_look(settings: FeedSettings) -> FeedSettings:
    """Return settings that take no partitions from a group, and tell the brokers nothing."""
    own = cast("KafkaFeedSettings", settings)
    partitions = "all" if own.partitions == "group" else own.partitions
    return own.model_copy(update={"group": None, "partitions": partitions, "start": "earliest"})


FEED = FeedKind("kafka", KafkaFeedSettings, _open, where, _to_look)
