"""Feed of tallies: files of sums that were counted elsewhere, as by a Spark job; each counts once."""

from ml_exporter.feeds.interface import FeedKind
from ml_exporter.feeds.tallies.feed import TalliesFeed, open_tallies_feed
from ml_exporter.feeds.tallies.position import where
from ml_exporter.feeds.tallies.settings import TalliesFeedSettings

__all__ = ["FEED", "TalliesFeed", "TalliesFeedSettings"]

FEED = FeedKind("tallies", TalliesFeedSettings, open_tallies_feed, where)
