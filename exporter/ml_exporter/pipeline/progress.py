"""Progress of feeds that work off a backlog, told in the log at a bounded rate."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ml_exporter.feeds import Batch

_log = structlog.get_logger(__name__)

WORTH_TELLING = 10.0
"""Seconds: a backlog that is worked off sooner is not worth a line of the log."""

PERIOD = 30.0
"""Seconds between two lines about the same feed."""


@dataclass
class _Backlog:
    """What a feed has worked off since it fell behind. Times in seconds since the epoch."""

    since: float
    told_at: float | None = None
    events: int = 0
    bytes_read: int = 0

    def add(self, batch: Batch) -> None:
        self.events += batch.read
        self.bytes_read += batch.bytes_read or 0

    def due(self, now: float) -> bool:
        """Tell whether it is time for a line."""
        if self.told_at is None:
            return now - self.since >= WORTH_TELLING
        return not 0 <= now - self.told_at < PERIOD  # a clock that was set back begins a period, too

    def done(self, now: float) -> dict[str, object]:
        """Return what is told in any case."""
        seconds = max(now - self.since, 1e-3)
        return {"events": self.events, "seconds": round(seconds), "events_per_second": round(self.events / seconds)}

    def outlook(self, now: float, left: int | None) -> dict[str, object]:
        """Return how far it has come and how long it will take, where the source can tell how much is left."""
        if left is None or not self.bytes_read:
            return {}
        seconds_a_byte = max(now - self.since, 1e-3) / self.bytes_read
        return {
            "share_done": round(self.bytes_read / (self.bytes_read + left), 3),
            "seconds_left": round(left * seconds_a_byte),
        }


class Progress:
    """Tells of backlogs that take longer: how far they are, and when they are worked off."""

    def __init__(self) -> None:
        self._backlogs: dict[str, _Backlog] = {}

    def note(self, batch: Batch, now: float) -> None:
        """Note a batch that has been taken in.

        Args:
            batch: of any feed.
            now: seconds since the epoch.
        """
        backlog = self._backlogs.get(batch.feed)
        if backlog is None:
            if batch.behind:
                self._backlogs[batch.feed] = _Backlog(now)
            return
        backlog.add(batch)
        if not batch.behind:
            del self._backlogs[batch.feed]
            if backlog.told_at is not None:
                _log.info("caught up", feed=batch.feed, **backlog.done(now))
        elif backlog.due(now):
            backlog.told_at = now
            _log.info(
                "catching up",
                feed=batch.feed,
                **backlog.done(now),
                **backlog.outlook(now, batch.bytes_left),
                newest_event=_time(batch.newest),
            )


def _time(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None
