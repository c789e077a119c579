"""Feed of Redis streams: their entries, each once, from the position that the store has."""

from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Feed, FeedContext, FeedKind
from ml_exporter.feeds.redis.position import where
from ml_exporter.feeds.redis.settings import RedisFeedSettings

__all__ = ["FEED", "RedisFeedSettings"]


def _open(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of streams; the client, which is optional, is loaded only here."""
    from ml_exporter.feeds.redis.feed import RedisFeed  # noqa: PLC0415 - see above

    return RedisFeed(cast("RedisFeedSettings", settings), context, position)


def _to_look(settings: FeedSettings) -> FeedSettings:
    """Return settings that begin with what is there."""
    return settings.model_copy(update={"start": "earliest"})


FEED = FeedKind("redis", RedisFeedSettings, _open, where, _to_look)
