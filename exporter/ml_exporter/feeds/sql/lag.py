"""Up to where rows may be read: what was begun before them may be committed after them, for as long as the lag.

A sequence gives its numbers in order, but transactions commit in any order: row 7 may be there while row 6 is not yet.
Who has read 7 never comes back for 6. So each row is left alone until the lag has passed since its own time, where
the cursor begins with a timestamp, and otherwise since it was first seen.
"""

from collections import deque
from datetime import UTC, date, datetime, timedelta

from ml_exporter.feeds.sql.keys import DAY, ZONED, Scalar, kind_of

_PARTS = 64
"""The lag is exact to such a part of it."""


def goes_by_time(value: Scalar) -> bool:
    """Tell whether a cursor that begins with such a value tells how old its rows are."""
    return isinstance(value, date)


def moment_at(seconds: float, like: Scalar) -> Scalar:
    """Return a time as a value of the same kind as another.

    Args:
        seconds: since the epoch.
        like: a timestamp, or a date: then the day before, since a day's rows are whole only when it is over.
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    kind = kind_of(like)
    if kind is DAY:
        return moment.date() - timedelta(days=1)
    return moment if kind is ZONED else moment.replace(tzinfo=None)


def back_by(value: Scalar, seconds: float) -> Scalar:
    """Return a timestamp or date so much earlier, in whole days for a date; any other value as it is."""
    if isinstance(value, datetime):
        return value - timedelta(seconds=seconds)
    return value - timedelta(days=-(-seconds // 86_400)) if isinstance(value, date) else value


class Sightings:
    """What the newest value of the cursor's first column was, and when."""

    def __init__(self, lag: float, overlap: float) -> None:
        """Begin.

        Args:
            lag: seconds after which what was seen may be read.
            overlap: seconds that are looked back before that.
        """
        self._apart = lag / _PARTS
        self._span = lag + overlap
        self._seen: deque[tuple[float, Scalar]] = deque()

    def note(self, at: float, newest: Scalar) -> None:
        """Note the newest value that could be seen."""
        if self._seen and at < self._seen[-1][0]:
            self._seen.clear()  # the clock was set back
        if self._seen and at - self._seen[-1][0] < self._apart:
            return
        self._seen.append((at, newest))
        while len(self._seen) > 1 and self._seen[1][0] <= at - self._span:
            self._seen.popleft()

    def newest_at(self, time: float) -> Scalar | None:
        """Return the newest value that could be seen at a time; ``None`` where nobody had looked yet."""
        return next((value for at, value in reversed(self._seen) if at <= time), None)

    def first(self) -> Scalar | None:
        """Return the oldest value that is known."""
        return self._seen[0][1] if self._seen else None
