"""Feed of files: a glob of JSON-lines files that grows, is rotated and is truncated while it is read."""

from ml_exporter.feeds.file.feed import FileFeed, open_file_feed
from ml_exporter.feeds.file.position import where
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.interface import FeedKind

__all__ = ["FEED", "FileFeed", "FileFeedSettings"]

FEED = FeedKind("file", FileFeedSettings, open_file_feed, where)
