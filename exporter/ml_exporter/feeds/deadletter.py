"""The dead-letter file: events that could not be used, each with its reason, for a person to look at."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from ml_exporter.feeds.interface import Rejection
from ml_exporter.rate_limit import RateLimit

_log = structlog.get_logger(__name__)
_LARGEST = 64 * 1024 * 1024


class DeadLetter:
    """Appends rejections as JSON lines. Bounded: when full, the file becomes ``.1`` and a new one is begun.

    It is written before its batch is committed, so after a crash an event may stand in it twice.
    """

    def __init__(self, path: Path, maximum_bytes: int = _LARGEST) -> None:
        self._path = path
        self._maximum_bytes = maximum_bytes
        self._told = RateLimit(shown=1)

    def append(self, feed: str, rejections: Sequence[Rejection], now: float) -> None:
        """Write rejections down. Where that fails the log says so once a minute, and the feed goes on.

        Args:
            feed: the feed's name.
            rejections: the events and why they could not be used.
            now: seconds since the epoch.
        """
        if not rejections:
            return
        try:
            lines = b"".join(_line(feed, rejection, now) for rejection in rejections)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._rotate(len(lines))
            with self._path.open("ab") as file:
                file.write(lines)
        except (OSError, ValueError) as error:  # ValueError: a text that is no Unicode
            if self._told.passes(now):
                _log.error("dead letters cannot be written", path=str(self._path), feed=feed, error=str(error))

    def _rotate(self, coming: int) -> None:
        if self._path.exists() and self._path.stat().st_size + coming > self._maximum_bytes:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def _line(feed: str, rejection: Rejection, now: float) -> bytes:
    letter = {
        "time": now,
        "feed": feed,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "place": rejection.place,
        "event": rejection.event,
    }
    return msgspec.json.encode(letter) + b"\n"
