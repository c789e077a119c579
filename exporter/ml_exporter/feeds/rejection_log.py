"""The log of rejected events, at a bounded rate: the first few of each reason, then a count."""

from collections import defaultdict
from collections.abc import Sequence

import structlog

from ml_exporter.feeds.interface import Rejection
from ml_exporter.rate_limit import RateLimit

_log = structlog.get_logger(__name__)

SHOWN = 5
"""So many rejections of a feed for the same reason are logged in a minute."""


class RejectionLog:
    """Logs rejections of every feed."""

    def __init__(self) -> None:
        self._limits: dict[tuple[str, str], RateLimit] = defaultdict(lambda: RateLimit(SHOWN))

    def note(self, feed: str, rejections: Sequence[Rejection], now: float) -> None:
        """Log rejections of a feed, or count them where their reason has been told often enough.

        To be called for every batch, also where it has no rejections: then counts of the minute before are told.

        Args:
            feed: the feed's name.
            rejections: the events and why they could not be used.
            now: seconds since the epoch.
        """
        for (name, reason), limit in self._limits.items():
            further = limit.ended(now) if name == feed else 0
            if further:
                _log.warning("events rejected", feed=feed, reason=reason, further=further)
        for rejection in rejections:
            if self._limits[(feed, rejection.reason)].passes(now):
                _log.warning(
                    "event rejected",
                    feed=feed,
                    reason=rejection.reason,
                    place=rejection.place,
                    detail=rejection.detail,
                )
