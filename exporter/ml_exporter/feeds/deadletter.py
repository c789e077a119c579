"""The dead-letter file: events that could not be used, each with its reason, for a person to look at."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from ml_exporter.feeds.interface import Rejection

_log = structlog.get_logger(__name__)
_LARGEST = 64 * 1024 * 1024


class DeadLetter:
    """Appends rejections as JSON lines. Bounded: when full, the file becomes ``.1`` and a new one is begun.

    It is written before its batch is committed, so after a crash an event may stand in it twice.
    """

    def __init__(self, path: Path, maximum_bytes: int = _LARGEST) -> None:
        self._path = path
        self._maximum_bytes = maximum_bytes
        self._failing = False

    def append(self, feed: str, rejections: Sequence[Rejection], now: float) -> None:
        """Write rejections down. Where that fails the log says so once, and the feed goes on.

        Args:
            feed: the feed's name.
            rejections: the events and why they could not be used.
            now: seconds since the epoch.
        """
        if not rejections:
            return
        lines = b"".join(
            msgspec.json.encode(
                {
                    "time": now,
                    "feed": feed,
                    "reason": rejection.reason,
                    "detail": rejection.detail,
                    "place": rejection.place,
                    "event": rejection.event,
                }
            )
            + b"\n"
            for rejection in rejections
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._rotate(len(lines))
            with self._path.open("ab") as file:
                file.write(lines)
        except OSError as error:
            if not self._failing:
                _log.error("dead letters cannot be written", path=str(self._path), error=str(error))
            self._failing = True
        else:
            self._failing = False

    def _rotate(self, coming: int) -> None:
        if self._path.exists() and self._path.stat().st_size + coming > self._maximum_bytes:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
