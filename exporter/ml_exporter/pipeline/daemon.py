"""The daemon: readers bring batches, the engine takes them in, ticks make snapshots, until a signal says stop."""

import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType

import structlog

from ml_exporter import feeds
from ml_exporter.clock import Clock, WallClock
from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.feeds import DeadLetter, FeedContext, FeedReader
from ml_exporter.ledger import SqliteLedger, StoreError
from ml_exporter.pipeline.engine import Engine, FeedStatus
from ml_exporter.server import HttpServer, SnapshotHolder, make_app

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5.0
"""How long the loop rests after the store failed."""


def run(monitoring: Monitoring, folder: Path, clock: Clock | None = None) -> None:
    """Run the exporter until SIGTERM or SIGINT.

    Args:
        monitoring: the configuration.
        folder: where its file lies: relative paths start there.
        clock: the time; the machine's own by default.

    Raises:
        AddressError: an address cannot be listened on.
        StoreError: the store cannot be used.
        DamagedState: the store's content is damaged.
    """
    holder = SnapshotHolder()
    server = HttpServer(make_app(holder), monitoring.server.listen)
    server.start()
    try:
        ledger = SqliteLedger(folder / monitoring.store.path)
        try:
            daemon = Daemon(monitoring, folder, Engine(monitoring, ledger), holder, clock or WallClock())
            daemon.stop_on_signals()
            _log.info("started", addresses=server.addresses, store=str(folder / monitoring.store.path))
            daemon.run()
        finally:
            ledger.close()
    finally:
        server.stop()
    _log.info("stopped")


class Daemon:
    """The loop between readers and engine. It runs in one thread; only ``stop`` may be called from elsewhere."""

    def __init__(
        self, monitoring: Monitoring, folder: Path, engine: Engine, holder: SnapshotHolder, clock: Clock
    ) -> None:
        self._monitoring = monitoring
        self._engine = engine
        self._holder = holder
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._readers = {feed.name: self._reader(feed, folder) for feed in monitoring.feeds}
        dead_letters = folder / monitoring.store.path / "dead-letter"
        self._dead_letters: Mapping[str, DeadLetter] = {
            feed.name: DeadLetter(dead_letters / f"{feed.name}.jsonl") for feed in monitoring.feeds
        }
        self._rejections = feeds.RejectionLog()

    def _reader(self, feed: FeedSettings, folder: Path) -> FeedReader:
        models = {model.name: model for model in self._monitoring.models_of(feed)}
        return FeedReader(
            feeds.kinds()[feed.kind],
            feed,
            FeedContext(folder, models, self._clock),
            self._engine.position(feed.name),
            self._wake,
        )

    def stop_on_signals(self) -> None:
        """Let SIGTERM and SIGINT end the loop after the batch at hand."""

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def stop(self) -> None:
        """End the loop after the batch at hand."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Take batches in and tick, until stopped. The first tick comes at once: it shows the restored state."""
        next_tick = self._clock.now()
        try:
            while not self._stopping.is_set():
                now = self._clock.now()
                if now >= next_tick:
                    self._guarded(self._tick)
                    next_tick = now + self._monitoring.tick.seconds
                if not self._take_batches(next_tick):
                    self._wake.wait(max(0.0, next_tick - self._clock.now()))
                self._wake.clear()
        finally:
            for reader in self._readers.values():
                reader.stop(timeout=1.0)

    def _take_batches(self, until: float) -> bool:
        """Take one batch of each feed in, unless a tick is due; tell whether there was any."""
        taken = False
        for name, reader in self._readers.items():
            if self._stopping.is_set() or self._clock.now() >= until:
                return True
            batch = reader.take()
            if batch is not None:
                taken = True
                self._dead_letters[name].append(name, batch.rejections, self._clock.now())
                self._rejections.note(name, batch.rejections, self._clock.now())
                if not self._guarded(partial(self._engine.process, batch, self._clock.now())):
                    reader.restart(self._engine.position(name))
        return taken

    def _tick(self) -> None:
        statuses = {
            name: FeedStatus(reader.behind, reader.last_error is not None, reader.errors)
            for name, reader in self._readers.items()
        }
        self._holder.snapshot = self._engine.tick(self._clock.now(), statuses)

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Do work that writes the store; where that fails, say so and rest, since nothing has been lost."""
        try:
            work()
        except StoreError as error:
            _log.error("store failed", error=str(error), retry_in=_RETRY_SECONDS)
            self._stopping.wait(_RETRY_SECONDS)
            return False
        return True
