"""A machine that asks a ledger for anything, crashes it anywhere, and compares it with the plain loop at every step."""

import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ml_exporter.ledger import Ledger, StoreError
from tests.ledger.contract import any_order
from tests.ledger.contract.any_order import Event, Seen, tell
from tests.ledger.naive import NaiveJoin

Reached = Callable[[str], None]

_predictions = st.lists(any_order.predictions, min_size=1, max_size=6)
_labels = st.lists(any_order.labels, min_size=1, max_size=6)


class Crash(Exception):
    """The process is gone."""


class Opened(Protocol):
    """Opens a ledger that tells on its way which points it has reached."""

    def __call__(self, folder: Path, reached: Reached) -> Ledger: ...


class LedgerMachine(RuleBasedStateMachine):
    """Inherit and define ``opened``, ``abandon`` and the points at which a crash is interesting."""

    points: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-machine-"))
        self.stores = 0
        self.crash_at: str | None = None
        self.naive = NaiveJoin()
        self.seen = Seen()
        self.ledger = self.opened(self.store, self.reached)

    def opened(self, folder: Path, reached: Reached) -> Ledger:
        raise NotImplementedError

    def abandon(self, ledger: Ledger) -> None:
        """Let go of what an abandoned ledger holds of the process."""
        ledger.close()

    @property
    def store(self) -> Path:
        return self.folder / str(self.stores)

    def reached(self, point: str) -> None:
        if point == self.crash_at:
            raise Crash

    @initialize(windows=any_order.windows)
    def configure(self, windows: dict[int, float]) -> None:
        self.naive.windows = windows

    @rule(events=_predictions)
    def predictions_come(self, events: list[Event]) -> None:
        self.take(events)

    @rule(events=_labels)
    def labels_come(self, events: list[Event]) -> None:
        self.take(events)

    @rule(events=_predictions, more=_labels)
    def both_come_in_one_transaction(self, events: list[Event], more: list[Event]) -> None:
        self.take([*events, *more])

    @rule(event=any_order.housekeeping)
    def time_passes(self, event: Event) -> None:
        self.take([event])

    @rule(events=_labels, more=_predictions)
    def a_batch_fails(self, events: list[Event], more: list[Event]) -> None:
        try:
            with self.ledger.transaction():
                Seen().take_all(self.ledger, [*more, *events], self.naive.windows)
                raise Crash
        except (Crash, StoreError):
            self.compare()

    @rule()
    def it_is_restarted(self) -> None:
        self.ledger.close()
        self.ledger = self.opened(self.store, self.reached)
        self.compare()

    @rule()
    def it_is_killed(self) -> None:
        self.start_again_from_what_is_on_disk()
        self.compare()

    @precondition(lambda self: self.points)
    @rule(events=_predictions, more=_labels, data=st.data())
    def it_is_killed_on_the_way(self, events: list[Event], more: list[Event], data: st.DataObject) -> None:
        self.crash_at = data.draw(st.sampled_from(self.points))
        self.take([*events, *more])
        self.crash_at = None
        self.compare()

    def take(self, events: list[Event]) -> None:
        """Hand events to both in one transaction. Where that crashes, what is on the disk decides what has happened."""
        naive, seen, done = deepcopy(self.naive), deepcopy(self.seen), self.done
        for event in events:
            tell(naive, event)
        try:
            with self.ledger.transaction():
                seen.take_all(self.ledger, events, self.naive.windows)
                self.ledger.write("done", str(done + 1).encode())
        except (Crash, StoreError):  # the latter: too much waits for a writer that has crashed
            self.start_again_from_what_is_on_disk()
        if self.done > done:
            self.naive, self.seen = naive, seen
        self.compare()

    @property
    def done(self) -> int:
        """How many transactions have been committed."""
        return int(self.ledger.read("done") or 0)

    def start_again_from_what_is_on_disk(self) -> None:
        """Open a copy of the store's files as they are, as after kill -9."""
        old = self.store
        self.stores += 1
        shutil.copytree(old, self.store)
        self.abandon(self.ledger)
        shutil.rmtree(old)
        self.ledger = self.opened(self.store, self.reached)

    def compare(self) -> None:
        self.seen.agrees_with(self.ledger, self.naive)

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)
