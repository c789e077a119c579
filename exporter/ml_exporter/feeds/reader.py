"""The reader: runs one feed in a thread of its own, so that a source that hangs stops nothing else."""

import random
import threading

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Batch, FeedContext, FeedKind
from ml_exporter.feeds.reading import Reading


class FeedReader:
    """Reads a feed ahead into a short queue. One consumer takes the batches; it never waits."""

    def __init__(
        self,
        kind: FeedKind,
        settings: FeedSettings,
        context: FeedContext,
        position: bytes | None,
        wake: threading.Event,
        idle: float = 1.0,
        jitter: random.Random | None = None,
    ) -> None:
        """Start to read.

        Args:
            kind: the kind of feed.
            settings: its settings.
            context: what every feed needs.
            position: where to begin; ``None``: at the beginning.
            wake: set whenever a batch is ready.
            idle: seconds to wait when there is nothing new.
            jitter: chance, which keeps feeds from trying again in step.
        """
        self._kind = kind
        self._settings = settings
        self._context = context
        self._wake = wake
        self._idle = idle
        self._jitter = jitter or random.Random()  # noqa: S311 - jitter, no secret
        self._errors_before = 0
        self._reading = self._begin(position)

    def _begin(self, position: bytes | None) -> Reading:
        reading = Reading(self._kind, self._settings, self._context, position, self._wake, self._idle, self._jitter)
        reading.start()
        return reading

    @property
    def errors(self) -> int:
        """Count of failed attempts since the start."""
        return self._errors_before + self._reading.errors

    @property
    def last_error(self) -> str | None:
        """Why the feed cannot be read; ``None`` as long as it can, or again can."""
        return self._reading.last_error

    @property
    def behind(self) -> bool:
        """Whether more is to be read than what has been taken; true until the first look at the source."""
        return self._reading.behind

    def take(self) -> Batch | None:
        """Return the next batch, or ``None`` where none is ready."""
        return self._reading.take()

    def restart(self, position: bytes | None) -> None:
        """Forget what was read ahead and read again from a position."""
        self._reading.stop()
        self._errors_before = self.errors
        self._reading = self._begin(position)

    def stop(self, timeout: float) -> None:
        """Stop reading; a source that hangs is left behind after ``timeout`` seconds."""
        self._reading.stop()
        self._reading.join(timeout)
