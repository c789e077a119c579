"""A token bucket: so many requests at once, and then one each interval."""

from collections.abc import Callable

from ml_exporter.config import RateLimit


class Rate:
    """Counts requests against a limit. Used by one thread."""

    def __init__(self, timer: Callable[[], float]) -> None:
        """Begin with a full bucket.

        Args:
            timer: the time in seconds, from any beginning.
        """
        self._timer = timer
        self._limit: RateLimit | None = None
        self._left = 0.0
        self._at = 0.0

    def admits(self, limit: RateLimit | None) -> bool:
        """Tell whether one more request may be answered; a limit that has changed begins anew."""
        now = self._timer()
        if limit != self._limit:
            self._limit, self._left, self._at = limit, float(limit.burst if limit else 0), now
        if limit is None:
            return True
        self._left = min(float(limit.burst), self._left + (now - self._at) / limit.interval.seconds)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
