"""The reader: runs one feed in a thread of its own, so that a source that hangs stops nothing else."""

import queue
import random
import threading

import structlog

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, FeedError, FeedKind, PartlyUnreadable
from ml_exporter.rate_limit import RateLimit

_log = structlog.get_logger(__name__)

_READ_AHEAD = 3
"""Batches, the one that is being read included."""

_NOTHING_AHEAD = 1
_SHORTEST_RETRY, _LONGEST_RETRY = 1.0, 60.0
"""Seconds."""

_FAILURES_TOLD = 5
"""In a minute: a feed may fail and recover again and again."""


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
        errors: int = 0,
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
            errors: failed attempts of a reader before this one, which go on being counted.
        """
        self.errors = errors
        """Count of failed attempts since the start."""

        self.last_error: str | None = None
        """Why the feed cannot be read; ``None`` as long as it can, or again can."""

        self._kind = kind
        self._settings = settings
        self._context = context
        self._position = position
        self._wake = wake
        self._idle = idle
        self._jitter = jitter or random.Random()  # noqa: S311 - jitter, no secret
        self._feed: Feed | None = None
        self._more = True
        self._failures = 0
        """In a row."""

        self._told = RateLimit(_FAILURES_TOLD)
        self._failure_told = False
        self._batches: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        self._room = threading.Semaphore(_NOTHING_AHEAD if kind.pushed else _READ_AHEAD)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed-{settings.name}", daemon=True)
        self._thread.start()

    def reads(self, settings: FeedSettings, context: FeedContext) -> bool:
        """Tell whether it reads that very feed: with another setting, of it or of its models, events mean others."""
        return (self._settings, self._context) == (settings, context)

    def stop(self, timeout: float) -> None:
        """Stop reading; a source that hangs is left behind after ``timeout`` seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    @property
    def behind(self) -> bool:
        """Whether more is to be read than what has been taken; true until the first look at the source."""
        return self._more or not (self._kind.pushed or self._batches.empty())

    def take(self) -> Batch | None:
        """Return the next batch, or ``None`` where none is ready."""
        try:
            batch = self._batches.get_nowait()
        except queue.Empty:
            return None
        self._room.release()
        return batch

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._room.acquire(timeout=0.1) and not self._read():
                self._room.release()
        self._close()

    def _read(self) -> bool:
        """Read once; return whether that put a batch into the queue."""
        try:
            if self._feed is None:
                self._feed = self._kind.open(self._settings, self._context, self._position)
            batch = self._feed.read()
        except Exception as error:  # noqa: BLE001 - whatever a source does, it costs this feed a try and no more
            if not isinstance(error, PartlyUnreadable):
                self._close()  # it is opened anew behind the last batch: one that was begun is not lost
            self._stopping.wait(self._failed(error))
            return False
        self._worked()
        if batch is None:
            self._more = False
            self._stopping.wait(0.0 if self._kind.pushed else self._idle)
            return False
        self._position = batch.position
        self._more = batch.behind or not self._kind.pushed  # until the batch lies in the queue, it counts as more
        self._batches.put(batch)
        self._more = batch.behind
        self._wake.set()
        return True

    def _failed(self, error: Exception) -> float:
        """Count and tell a failure.

        Returns:
            Seconds until the next try: more each time, and not in step with other feeds.
        """
        self.errors += 1
        self._failures += 1
        self.last_error = str(error) or type(error).__name__
        retry = min(_LONGEST_RETRY, _SHORTEST_RETRY * 2.0 ** min(self._failures - 1, 10))
        retry *= self._jitter.uniform(0.8, 1.0)
        if self._told.passes(self._context.clock.now()):
            self._failure_told = True
            _log.error(
                "feed failed",
                feed=self._settings.name,
                error=self.last_error,
                retry_in=round(retry, 1),
                exc_info=None if isinstance(error, FeedError) else error,
            )
        return retry

    def _worked(self) -> None:
        """Forget failures, and tell once that they are over, if they were told."""
        self._failures = 0
        self.last_error = None
        if self._failure_told:
            self._failure_told = False
            _log.info("feed works again", feed=self._settings.name)

    def _close(self) -> None:
        feed, self._feed = self._feed, None
        if feed is None:
            return
        try:
            feed.close()
        except Exception as error:  # noqa: BLE001 - it is given up anyway
            _log.warning("feed cannot be closed", feed=self._settings.name, error=str(error))
