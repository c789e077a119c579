"""When to try again: later each time, not in step with others, and not before the exporter says so."""

import random
from email.utils import parsedate_to_datetime

_SHORTEST, _LONGEST = 0.5, 60.0
_LONGEST_ASKED = 600.0
"""Seconds: what an exporter may ask for at most."""


class Backoff:
    """Counts failures in a row. Times in seconds of a clock that only goes forward."""

    def __init__(self, chance: random.Random) -> None:
        """Begin without failures.

        Args:
            chance: spreads the attempts of many processes.
        """
        self.until = float("-inf")
        """When to try again."""

        self.asked = False
        """Whether the exporter itself has named that time."""

        self._chance = chance
        self._failures = 0

    def failed(self, now: float, retry_after: float | None = None) -> float:
        """Take note of a failure.

        Args:
            now: the time.
            retry_after: so many seconds the exporter asks to wait.

        Returns:
            Seconds until the next attempt.
        """
        self._failures += 1
        pause = min(_LONGEST, _SHORTEST * 2.0 ** min(self._failures - 1, 10)) * self._chance.uniform(0.5, 1.0)
        self.asked = retry_after is not None
        if retry_after is not None:
            pause = max(min(retry_after, _LONGEST_ASKED) * self._chance.uniform(1.0, 1.1), pause)
        self.until = now + pause
        return pause

    def worked(self) -> bool:
        """Forget all failures, and tell whether there were any."""
        failed = self._failures > 0
        self._failures, self.until, self.asked = 0, float("-inf"), False
        return failed

    def at_once(self) -> None:
        """Let the next attempt be now, unless the exporter has asked to wait."""
        if not self.asked:
            self.until = float("-inf")


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that the header ``Retry-After`` asks for (RFC 9110, 10.2.3); ``None`` where it asks nothing.

    Args:
        value: the header: seconds, or a date.
        now: seconds since the epoch.
    """
    if value is None:
        return None
    try:
        return max(0.0, float(value)) if value.strip().isdigit() else max(0.0, _seconds(value) - now)
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()
