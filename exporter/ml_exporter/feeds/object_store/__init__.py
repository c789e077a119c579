"""Feed of an object store: the objects below a path of S3, Google Cloud Storage or Azure, each once."""

from typing import cast

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Feed, FeedContext, FeedKind
from ml_exporter.feeds.object_store.position import where
from ml_exporter.feeds.object_store.settings import ObjectStoreFeedSettings

__all__ = ["FEED", "ObjectStoreFeedSettings"]


def _open(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open a feed of objects; the client of stores, which is optional, is loaded only here."""
    from ml_exporter.feeds.object_store.feed import ObjectStoreFeed  # noqa: PLC0415 - see above

    return ObjectStoreFeed(cast("ObjectStoreFeedSettings", settings), context, position)


FEED = FeedKind("object_store", ObjectStoreFeedSettings, _open, where)
