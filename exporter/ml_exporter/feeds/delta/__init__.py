"""Feed of a Delta table: the rows that its versions add, each once."""

from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.delta.position import where
from ml_exporter.feeds.delta.settings import DeltaFeedSettings
from ml_exporter.feeds.interface import Feed, FeedContext, FeedKind

__all__ = ["FEED", "DeltaFeedSettings"]


def _open(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of a table; the libraries of Delta and of stores, which are optional, are loaded only here."""
    from ml_exporter.feeds.delta.feed import DeltaFeed  # noqa: PLC0415 - see above

    return DeltaFeed(cast("DeltaFeedSettings", settings), context, position)


def _to_look(settings: FeedSettings) -> FeedSettings:
    """Return settings that begin with what is there."""
    return settings.model_copy(update={"start": "earliest"})


FEED = FeedKind("delta", DeltaFeedSettings, _open, where, _to_look)
