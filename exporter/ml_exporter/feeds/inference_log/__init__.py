"""What payload loggers of model servers send: the request and the response of an inference, as CloudEvents."""

from ml_exporter.feeds.inference_log.feed import InferenceLogFeed
from ml_exporter.feeds.inference_log.settings import InferenceLogFeedSettings
from ml_exporter.feeds.interface import FeedKind

__all__ = ["FEED", "InferenceLogFeed", "InferenceLogFeedSettings"]

FEED = FeedKind("inference_log", InferenceLogFeedSettings, InferenceLogFeed.open, acknowledges=True, pushed=True)
