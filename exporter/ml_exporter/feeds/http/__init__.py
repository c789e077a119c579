"""Events that are sent to the exporter over HTTP, and acknowledged once they are durable."""

from ml_exporter.feeds.http.feed import HttpFeed
from ml_exporter.feeds.http.settings import HttpFeedSettings
from ml_exporter.feeds.interface import FeedKind

__all__ = ["FEED", "HttpFeed", "HttpFeedSettings"]

FEED = FeedKind("http", HttpFeedSettings, HttpFeed.open, acknowledges=True, pushed=True)
