"""The daemon: readers bring batches, the engine takes them in, ticks make snapshots, until a signal says stop."""

import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from ml_exporter import feeds
from ml_exporter.clock import Clock, WallClock
from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.feeds import Batch, DeadLetter, FeedContext, FeedReader, Inboxes
from ml_exporter.ledger import DamagedStore, StoreError
from ml_exporter.pipeline.baseline_requests import carried_out, requests_left
from ml_exporter.pipeline.endpoint import Endpoint
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.progress import Progress
from ml_exporter.pipeline.reference import load_references
from ml_exporter.pipeline.reload import Reloads, take_up
from ml_exporter.pipeline.schedule import TickSchedule
from ml_exporter.pipeline.service_manager import ServiceManager
from ml_exporter.pipeline.signals import call_on_signals
from ml_exporter.pipeline.store import open_store
from ml_exporter.pipeline.turns import Turns, stop_all
from ml_exporter.server import SnapshotHolder

_log = structlog.get_logger(__name__)

_RETRY_SECONDS = 5.0
"""How long the loop rests after the store failed."""

_STOP_SECONDS = 1.0
"""How long readers may take to end; a source that hangs is left behind."""

_SET_BACK_SECONDS = 1.0
"""A clock that is set back by more is worth a line of the log: events seem to come from the future then."""


class Stop:
    """Asks the daemon to end; from any thread, and before there is a daemon."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.wake = threading.Event()
        """Set whenever the loop has something to do."""

    def ask(self) -> None:
        """End the loop after the batch at hand."""
        self.asked.set()
        self.wake.set()


def run(
    monitoring: Monitoring, folder: Path, load: Callable[[], Monitoring] | None = None, clock: Clock | None = None
) -> None:
    """Run the exporter until SIGTERM or SIGINT; on SIGHUP go on with what the configuration says then.

    Args:
        monitoring: the configuration.
        folder: where its file lies: relative paths start there.
        load: reads the configuration again; by default it stays as it is.
        clock: the time; the machine's own by default.

    Raises:
        AddressError: an address cannot be listened on.
        ConfigurationError: the web configuration file cannot be used.
        StoreError: the store cannot be used.
        DamagedStore: it is damaged; found at the start, or on the way.
        DamagedState: the store's content is damaged.
        UnusableReference: a reference file cannot be used.
        ChangedMeaning: the configuration would read the store's content as something else.
    """
    clock = clock or WallClock()
    stop = Stop()
    reloads = Reloads(clock, stop.wake.set)
    call_on_signals({signal.SIGTERM: stop.ask, signal.SIGINT: stop.ask, signal.SIGHUP: reloads.ask})
    manager = ServiceManager()
    holder = SnapshotHolder()
    inboxes = Inboxes()
    endpoint = Endpoint(monitoring, folder, holder, clock, reloads, inboxes)
    server = endpoint.server
    server.start()
    try:
        ledger = open_store(folder / monitoring.store.path)
        try:
            engine = Engine(monitoring, ledger, load_references(monitoring, folder, clock))
            again = partial(take_up, load or (lambda: monitoring), folder=folder, ledger=ledger, clock=clock)
            reloading = Reloading(reloads, again, endpoint.take_up)
            daemon = Daemon(monitoring, folder, engine, holder, clock, stop, manager, reloading, inboxes)
            _log.info("started", addresses=" ".join(server.urls), store=str(folder / monitoring.store.path))
            daemon.run()
        finally:
            manager.stopping()
            ledger.close()
    finally:
        holder.end()
        server.stop()
    _log.info("stopped")


@dataclass(frozen=True)
class Reloading:
    """How a daemon reloads."""

    reloads: Reloads
    again: Callable[[Monitoring], tuple[Monitoring, Engine] | None]
    """Reads the configuration, given the one in force; ``None``: that one stays."""

    taken_up: Callable[[Monitoring], None]
    """Told the new configuration, when the daemon works by it."""


class Daemon:
    """The loop between readers and engine, in one thread."""

    def __init__(
        self,
        monitoring: Monitoring,
        folder: Path,
        engine: Engine,
        holder: SnapshotHolder,
        clock: Clock,
        stop: Stop,
        manager: ServiceManager,
        reloading: Reloading | None = None,
        inboxes: Inboxes | None = None,
    ) -> None:
        self._folder = folder
        self._holder = holder
        self._clock = clock
        self._stop = stop
        self._manager = manager
        self._reloading = reloading
        self._inboxes = inboxes or Inboxes()
        self._rejections = feeds.RejectionLog()
        self._progress = Progress()
        self._store = folder / monitoring.store.path
        self._turns = Turns({})
        self._work_by(monitoring, engine)

    def _work_by(self, monitoring: Monitoring, engine: Engine) -> None:
        """Go on with a configuration, and with an engine that holds what the store does."""
        self._monitoring = monitoring
        self._engine = engine
        self._schedule = TickSchedule(monitoring.tick.seconds)
        self._turns = Turns(self._readers(monitoring))
        dead_letters = self._store / "dead-letter"
        self._dead_letters: Mapping[str, DeadLetter] = {
            feed.name: DeadLetter(dead_letters / f"{feed.name}.jsonl") for feed in monitoring.feeds
        }
        kinds = feeds.kinds()
        self._acknowledging = {feed.name for feed in monitoring.feeds if kinds[feed.kind].acknowledges}

    def _readers(self, monitoring: Monitoring) -> dict[str, FeedReader]:
        """Return a reader for each feed; one whose feed is as it was goes on.

        Others end, and what they have read ahead is read again: its events may mean something else now.
        """
        before = self._turns.readers
        contexts = {
            feed.name: FeedContext(
                self._folder,
                {model.name: model for model in monitoring.models_of(feed)},
                self._clock,
                self._inboxes,
            )
            for feed in monitoring.feeds
        }
        kept = {
            feed.name: before[feed.name]
            for feed in monitoring.feeds
            if feed.name in before and before[feed.name].reads(feed, contexts[feed.name])
        }
        stop_all([reader for name, reader in before.items() if name not in kept], _STOP_SECONDS)
        return {
            feed.name: kept.get(feed.name) or self._reader(feed, contexts[feed.name], before.get(feed.name))
            for feed in monitoring.feeds
        }

    def _reader(self, feed: FeedSettings, context: FeedContext, before: FeedReader | None) -> FeedReader:
        return FeedReader(
            feeds.kinds()[feed.kind],
            feed,
            context,
            self._engine.position(feed.name),
            self._stop.wake,
            errors=0 if before is None else before.errors,
        )

    def run(self) -> None:
        """Take batches in and tick, until stopped. The first tick comes at once: it shows the restored state."""
        try:
            while not self._stop.asked.is_set():
                self._manager.alive()
                if self._reloading is not None and self._reloading.reloads.due:
                    self._reloading.reloads.fulfil(partial(self._reload, self._reloading))
                elif self._schedule.due(self._clock.now()):
                    self._tick()
                elif (batch := self._turns.take()) is not None:
                    self._take_in(batch)
                else:
                    self._stop.wake.wait(min(self._schedule.remaining(self._clock.now()), self._manager.interval))
                    self._stop.wake.clear()
        finally:
            self._turns.stop(timeout=_STOP_SECONDS)

    def _reload(self, reloading: Reloading) -> bool:
        """Read the configuration again between two batches, and go on with it if it can be used."""
        taken_up = reloading.again(self._monitoring)
        if taken_up is None:
            return False
        self._work_by(*taken_up)
        reloading.taken_up(self._monitoring)
        return True

    def _take_in(self, batch: Batch) -> None:
        """Take a batch in, however often it takes: what follows it in its feed cannot come before it."""
        now = self._clock.now()
        self._dead_letters[batch.feed].append(batch.feed, batch.rejections, now)
        self._rejections.note(batch.feed, batch.rejections, now)
        while not self._stored(partial(self._process, batch)):
            if self._stop.asked.is_set():
                return
            if self._schedule.due(self._clock.now()):
                self._tick()
        self._turns.done()
        self._progress.note(batch, self._clock.now())

    def _process(self, batch: Batch) -> None:
        acknowledged = batch.feed in self._acknowledging
        new = self._engine.process(batch, self._clock.now(), acknowledged=acknowledged)
        if batch.committed is not None:
            batch.committed(new)

    def _tick(self) -> None:
        begun = self._clock.now()
        if self._schedule.set_back(begun) > _SET_BACK_SECONDS:
            _log.warning("clock was set back", seconds=round(self._schedule.set_back(begun), 1))
        self._stored(partial(self._publish, begun))
        self._schedule.ticked(begun, self._clock.now())

    def _publish(self, at: float) -> None:
        for path, request in requests_left(self._store):
            count = self._engine.change_baselines(request, at)
            carried_out(path)
            _log.info("baselines changed", action=request.action, model_name=request.model_name, count=count)
        self._holder.snapshot = self._engine.tick(at, self._turns.statuses())
        self._manager.ready()

    def _stored(self, work: Callable[[], None]) -> bool:
        """Do work that writes the store; where that fails, say so and rest, since nothing has been lost.

        Raises:
            DamagedStore: there is nothing to wait for.
        """
        self._manager.alive()
        try:
            work()
        except DamagedStore:
            raise
        except StoreError as error:
            _log.error("store failed", error=str(error), retry_in=_RETRY_SECONDS)
            self._stop.asked.wait(_RETRY_SECONDS)
            return False
        return True
