"""One collector at work: in a thread of its own, timed, and given up where it hangs."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from ml_exporter.clock import Clock
from ml_exporter.collectors.interface import Collector, CollectorError, Reading
from ml_exporter.config import CollectorSettings

_log = structlog.get_logger(__name__)

_GIVEN_UP_AT_MOST = 3
"""Threads of one collector that may hang at the same time; no further one is started before one of them returns."""


@dataclass(frozen=True)
class Outcome:
    """How a collection ended."""

    readings: tuple[Reading, ...] = ()
    """What it read: nothing where it failed, and part of it where part of it failed."""

    problem: str | None = None
    """Why it failed, wholly or in part; ``None``: it succeeded."""

    seconds: float = 0.0
    """How long it took, or has taken so far."""

    succeeded_at: float | None = None
    """When the last success ended, seconds since the epoch; ``None``: there was none yet."""


@dataclass
class _Collection:
    """A collection on its way."""

    began: float
    given_up: bool = False


class CollectorRunner:
    """Runs one collector, one collection at a time. Any thread may ask; nobody waits for longer than he says."""

    def __init__(
        self,
        name: str,
        settings: CollectorSettings,
        open_collector: Callable[[], Collector],
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; the first collection begins when it is asked for.

        Args:
            name: the collector's, for the log.
            settings: its timeout, and how old its readings may be.
            open_collector: opens the collector, again after each failure.
            clock: tells when a collection succeeded.
            timer: tells how long things take, in seconds.
        """
        self._name = name
        self._settings = settings
        self._open = open_collector
        self._clock = clock
        self._timer = timer
        self._changed = threading.Condition()
        self._collector: Collector | None = None
        self._collection: _Collection | None = None
        self._hanging = 0
        self._ended: float | None = None
        self._outcome: Outcome | None = None

    def begin(self) -> None:
        """Begin a collection, unless one is on its way."""
        with self._changed:
            self._give_up_where_overdue()
            if self._collection is None and self._hanging < _GIVEN_UP_AT_MOST:
                self._collection = _Collection(self._timer())
                threading.Thread(
                    target=self._collect,
                    args=(self._collection, self._collector),
                    name=f"collector {self._name}",
                    daemon=True,  # one that hangs must not keep the exporter from ending
                ).start()

    def outcome(self, patience: float) -> Outcome | None:
        """Return how the collection ended that is on its way.

        Args:
            patience: seconds to wait for its end.

        Returns:
            Where it does not end in time, what was read before, unless that is too old; without readings and with a
            problem once it is overdue. ``None``: nothing is known yet.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._collection is None, timeout=patience)
            self._give_up_where_overdue()
            if self._outcome is None or self._collection is None or self._ended is None:
                return self._outcome
            too_old = self._timer() - self._ended > self._settings.max_age.seconds
            return replace(self._outcome, readings=()) if too_old else self._outcome

    def _collect(self, collection: _Collection, collector: Collector | None) -> None:
        """Collect once: the work of the thread."""
        try:
            collector = collector or self._open()
            readings, problem = tuple(collector.collect()), None
        except CollectorError as error:
            readings, problem = error.readings, str(error)
        except Exception as error:  # noqa: BLE001 - whatever a driver or a library throws ends this collection only
            readings, problem = (), f"{type(error).__name__}: {error}"
        with self._changed:
            if collection.given_up:
                self._hanging -= 1
                return
            self._collector = collector if problem is None else None
            self._collection = None
            self._ended = self._timer()
            self._tell(readings, problem, self._ended - collection.began)
            self._changed.notify_all()

    def _give_up_where_overdue(self) -> None:
        """Leave a collection that takes too long to itself: its late result is dropped, and another may begin."""
        if self._collection is None:
            return
        seconds = self._timer() - self._collection.began
        if seconds > self._settings.timeout.seconds:
            self._collection.given_up = True
            self._collection = None
            self._collector = None
            self._hanging += 1
            self._tell((), f"takes longer than its timeout of {self._settings.timeout}", seconds)
            self._changed.notify_all()

    def _tell(self, readings: tuple[Reading, ...], problem: str | None, seconds: float) -> None:
        before = self._outcome or Outcome()
        succeeded_at = self._clock.now() if problem is None else before.succeeded_at
        self._outcome = Outcome(readings, problem, seconds, succeeded_at)
        if problem is not None and problem != before.problem:
            _log.warning("collector failed", collector=self._name, problem=problem)
        elif problem is None and before.problem is not None:
            _log.info("collector works again", collector=self._name)
