"""The recorder's log: the standard library's, at a bounded rate for each thing that is told."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable

from ml_exporter.rate_limit import RateLimit

_log = logging.getLogger("ml_exporter.client")
_SHOWN = 5
"""Of one topic in a minute."""


class Told:
    """Tells things, each topic a few times in a minute, then as a count. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin.

        Args:
            now: tells the time, in seconds.
        """
        self._now = now
        self._limits: dict[str, RateLimit] = defaultdict(lambda: RateLimit(_SHOWN))
        self._lock = threading.RLock()

    def warn(self, topic: str, message: str, *values: object) -> None:
        """Tell something that a person should look at.

        Args:
            topic: what is counted together.
            message: the text, with the places of the values.
            values: what belongs there.
        """
        with self._lock:
            limit, now = self._limits[topic], self._now()
            hidden = limit.ended(now)
            passes = limit.passes(now)
        if hidden:
            _log.warning("%s: %d more in the minute before", topic, hidden)
        if passes:
            _log.warning(message, *values)

    def inform(self, message: str, *values: object) -> None:
        """Tell something that is good to know."""
        _log.info(message, *values)
