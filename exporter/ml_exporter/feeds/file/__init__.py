"""Feed of files: the files of a glob, which grow, are rotated and are truncated while they are read."""

from ml_exporter.feeds.file.feed import FileFeed, open_file_feed
from ml_exporter.feeds.file.position import where
from ml_exporter.feeds.file.settings import FileFeedSettings
from ml_exporter.feeds.interface import FeedKind

__all__ = ["FEED", "FileFeed", "FileFeedSettings"]

FEED = FeedKind("file", FileFeedSettings, open_file_feed, where)
