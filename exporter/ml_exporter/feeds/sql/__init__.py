"""Feed of SQL: a table or query of any database that SQLAlchemy has a dialect for, read on from where it stands."""

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Feed, FeedContext, FeedKind
from ml_exporter.feeds.sql.position import where
from ml_exporter.feeds.sql.settings import SqlFeedSettings

__all__ = ["FEED", "SqlFeedSettings"]


def _open(settings: FeedSettings, context: FeedContext, position: bytes | None) -> Feed:
    """Open it; see ``ml_exporter.feeds.sql.feed``."""
    from ml_exporter.feeds.sql.feed import open_sql_feed  # noqa: PLC0415 - SQLAlchemy is an extra

    return open_sql_feed(settings, context, position)


FEED = FeedKind("sql", SqlFeedSettings, _open, where)
