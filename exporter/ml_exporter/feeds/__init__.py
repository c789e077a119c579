"""Feeds: where predictions and labels come from. Adding a kind of feed is adding a module with a ``FEED``."""

import importlib
import pkgutil

from ml_exporter.feeds.deadletter import DeadLetter
from ml_exporter.feeds.interface import (
    FUTURE_TOLERANCE,
    MAXIMUM_EVENT_BYTES,
    MAXIMUM_ROWS,
    Batch,
    Events,
    Feed,
    FeedContext,
    FeedError,
    FeedKind,
    PartlyUnreadable,
    Reason,
    Rejection,
)
from ml_exporter.feeds.reader import FeedReader
from ml_exporter.feeds.receiving import Inboxes
from ml_exporter.feeds.rejection_log import RejectionLog

__all__ = [
    "FUTURE_TOLERANCE",
    "MAXIMUM_EVENT_BYTES",
    "MAXIMUM_ROWS",
    "Batch",
    "DeadLetter",
    "Events",
    "Feed",
    "FeedContext",
    "FeedError",
    "FeedKind",
    "FeedReader",
    "Inboxes",
    "PartlyUnreadable",
    "Reason",
    "Rejection",
    "RejectionLog",
    "kinds",
]


def kinds() -> dict[str, FeedKind]:
    """Collect the kinds of feed that the modules and packages of this package define as ``FEED``."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [module.FEED for module in modules if hasattr(module, "FEED")]
    return {kind.kind: kind for kind in found}
