"""The reader: runs one feed in a thread of its own, so that a source that hangs stops nothing else."""

import queue
import random
import threading

import structlog

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import Batch, Feed, FeedContext, FeedError, FeedKind

_log = structlog.get_logger(__name__)

_QUEUED_BATCHES = 2
_SHORTEST_RETRY, _LONGEST_RETRY = 1.0, 60.0


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
    ) -> None:
        """Start to read.

        Args:
            kind: the kind of feed.
            settings: its settings.
            context: what every feed needs.
            position: where to begin; ``None``: at the beginning.
            wake: set whenever a batch is ready.
            idle: seconds to wait when there is nothing new.
        """
        self._kind = kind
        self._settings = settings
        self._context = context
        self._wake = wake
        self._idle = idle
        self.errors = 0
        self.last_error: str | None = None
        self._begin(position)

    def _begin(self, position: bytes | None) -> None:
        self._queue: queue.Queue[Batch] = queue.Queue(_QUEUED_BATCHES)
        self._stopping = threading.Event()
        self._more = True
        self._thread = threading.Thread(
            target=self._run,
            args=(position, self._queue, self._stopping),
            name=f"feed-{self._settings.name}",
            daemon=True,
        )
        self._thread.start()

    @property
    def behind(self) -> bool:
        """Whether more is to be read than what has been taken; true until the first look at the source."""
        return self._more or not self._queue.empty()

    def take(self) -> Batch | None:
        """Return the next batch, or ``None`` where none is ready."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None

    def restart(self, position: bytes | None) -> None:
        """Forget what was read ahead and read again from a position."""
        self._stopping.set()
        self._begin(position)

    def stop(self, timeout: float) -> None:
        """Stop reading; a source that hangs is left behind after ``timeout`` seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    def _run(self, position: bytes | None, batches: "queue.Queue[Batch]", stopping: threading.Event) -> None:
        """Read until stopped. ``batches`` and ``stopping`` are this thread's own: a restart gives new ones."""
        feed: Feed | None = None
        failures = 0
        while not stopping.is_set():
            try:
                feed = feed or self._kind.open(self._settings, self._context, position)
                batch = feed.read()
            except Exception as error:  # noqa: BLE001 - whatever a source does, it costs this feed a try and no more
                failures += 1
                feed = None  # it is opened anew behind the last batch: a half-made one is not lost
                self._failed(error, failures, stopping)
                continue
            if failures:
                failures = 0
                self.last_error = None
                _log.info("feed works again", feed=self._settings.name)
            if batch is None:
                self._more = False
                stopping.wait(self._idle)
                continue
            position = batch.position
            self._put(batch, batches, stopping)
            self._more = batch.behind
        if feed is not None:
            feed.close()

    def _put(self, batch: Batch, batches: "queue.Queue[Batch]", stopping: threading.Event) -> None:
        """Wait for room in the queue, unless reading is stopped."""
        while not stopping.is_set():
            try:
                batches.put(batch, timeout=0.1)
            except queue.Full:
                continue
            self._wake.set()
            return

    def _failed(self, error: Exception, failures: int, stopping: threading.Event) -> None:
        """Count and tell a failure, and wait: longer each time, not in step with other feeds."""
        self.errors += 1
        self.last_error = str(error)
        retry = min(_LONGEST_RETRY, _SHORTEST_RETRY * 2 ** min(failures - 1, 10))
        retry *= random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
        unexpected = not isinstance(error, FeedError)
        _log.error(
            "feed failed",
            feed=self._settings.name,
            error=str(error) or type(error).__name__,
            retry_in=round(retry, 1),
            exc_info=error if unexpected else None,
        )
        stopping.wait(retry)
