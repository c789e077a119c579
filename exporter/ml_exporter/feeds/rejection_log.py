"""The log of rejected events, at a bounded rate: the first few of each reason, then a count."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from ml_exporter.feeds.interface import Rejection

_log = structlog.get_logger(__name__)

PERIOD = 60.0
"""Seconds in which a reason of a feed may fill ``SHOWN`` lines."""

SHOWN = 5


@dataclass
class _Window:
    since: float
    shown: int = 0
    hidden: int = 0


class RejectionLog:
    """Logs rejections of every feed."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = defaultdict(lambda: _Window(-PERIOD))

    def note(self, feed: str, rejections: Sequence[Rejection], now: float) -> None:
        """Log rejections of a feed, or count them where their reason has been told often enough.

        Args:
            feed: the feed's name.
            rejections: the events and why they could not be used.
            now: seconds since the epoch.
        """
        for rejection in rejections:
            window = self._windows[(feed, rejection.reason)]
            if now - window.since >= PERIOD:
                if window.hidden:
                    _log.warning("events rejected", feed=feed, reason=rejection.reason, further=window.hidden)
                window.since, window.shown, window.hidden = now, 0, 0
            if window.shown < SHOWN:
                window.shown += 1
                _log.warning(
                    "event rejected",
                    feed=feed,
                    reason=rejection.reason,
                    place=rejection.place,
                    detail=rejection.detail,
                )
            else:
                window.hidden += 1
