"""The runner: a collector that hangs or fails costs its own series only, and recovers by itself."""

import threading
from collections.abc import Callable, Iterable

import pytest

from ml_exporter.catalogue import host
from ml_exporter.clock import ManualClock
from ml_exporter.collectors import CollectorError, Reading
from ml_exporter.collectors.runner import CollectorRunner, Outcome
from ml_exporter.config import CollectorSettings
from tests.stack.waiting import eventually

_LONG = 30.0
"""Seconds of patience where the end is certain to come."""


class _Scripted:
    """A collector that does what the test says."""

    def __init__(self, act: Callable[[], Iterable[Reading]]) -> None:
        self.act = act
        self.opened = 0

    def open(self) -> "_Scripted":
        self.opened += 1
        return self

    def collect(self) -> Iterable[Reading]:
        return self.act()


class _Hanging:
    """Hangs until it is let go, then reads."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self) -> list[Reading]:
        self.began.release()
        assert self.let_go.wait(_LONG)
        return _cpus(7)


def _cpus(count: int) -> list[Reading]:
    return [Reading.single(host.CPUS, count)]


def _fails() -> list[Reading]:
    raise CollectorError("the driver is gone")


def _runner(collector: _Scripted, clock: ManualClock, timer: ManualClock) -> CollectorRunner:
    return CollectorRunner("scripted", CollectorSettings(), collector.open, clock, timer.now)


@pytest.fixture(name="clock")
def _clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture(name="timer")
def _timer() -> ManualClock:
    return ManualClock()


def _collect(runner: CollectorRunner, patience: float = _LONG) -> Outcome:
    runner.begin()
    outcome = runner.outcome(patience)
    assert outcome is not None
    return outcome


def test_a_collection_gives_its_readings_its_duration_and_its_time(clock: ManualClock, timer: ManualClock) -> None:
    def act() -> list[Reading]:
        timer.advance(0.25)
        return _cpus(4)

    outcome = _collect(_runner(_Scripted(act), clock, timer))
    assert outcome == Outcome(tuple(_cpus(4)), None, 0.25, 1_700_000_000.0)


def test_an_open_collector_is_used_again_until_it_fails(clock: ManualClock, timer: ManualClock) -> None:
    collector = _Scripted(lambda: _cpus(4))
    runner = _runner(collector, clock, timer)
    _collect(runner)
    _collect(runner)
    assert collector.opened == 1
    collector.act = _fails
    _collect(runner)
    collector.act = lambda: _cpus(4)
    assert _collect(runner).problem is None
    assert collector.opened == 2


def test_readings_disappear_on_failure_and_are_back_with_the_next_success(
    clock: ManualClock, timer: ManualClock
) -> None:
    collector = _Scripted(lambda: _cpus(4))
    runner = _runner(collector, clock, timer)
    _collect(runner)
    collector.act = _fails
    clock.advance(15)
    failed = _collect(runner)
    assert (failed.readings, failed.problem) == ((), "the driver is gone")
    assert failed.succeeded_at == 1_700_000_000.0
    collector.act = lambda: _cpus(8)
    assert _collect(runner) == Outcome(tuple(_cpus(8)), None, 0.0, 1_700_000_015.0)


def test_what_could_be_read_before_a_failure_is_kept(clock: ManualClock, timer: ManualClock) -> None:
    def partly() -> list[Reading]:
        raise CollectorError("one of two is gone", _cpus(1))

    outcome = _collect(_runner(_Scripted(partly), clock, timer))
    assert (outcome.readings, outcome.problem) == (tuple(_cpus(1)), "one of two is gone")


def test_a_failure_that_nobody_foresaw_is_a_failure_like_any_other(clock: ManualClock, timer: ManualClock) -> None:
    def broken() -> Iterable[Reading]:
        yield from _cpus(1)
        raise ZeroDivisionError("by a driver")

    outcome = _collect(_runner(_Scripted(broken), clock, timer))
    assert (outcome.readings, outcome.problem) == ((), "ZeroDivisionError: by a driver")


def test_a_collector_that_cannot_be_opened_fails_and_is_opened_again(clock: ManualClock, timer: ManualClock) -> None:
    attempts: list[int] = []

    def opens_at_second_attempt() -> _Scripted:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("no such device")
        return _Scripted(lambda: _cpus(2))

    runner = CollectorRunner("late", CollectorSettings(), opens_at_second_attempt, clock, timer.now)
    assert _collect(runner).problem == "OSError: no such device"
    assert _collect(runner).readings == tuple(_cpus(2))


def test_while_a_collection_is_on_its_way_the_one_before_is_shown(clock: ManualClock, timer: ManualClock) -> None:
    hanging = _Hanging()
    collector = _Scripted(lambda: _cpus(4))
    runner = _runner(collector, clock, timer)
    _collect(runner)
    collector.act = hanging
    timer.advance(15)
    assert _collect(runner, patience=0) == Outcome(tuple(_cpus(4)), None, 0.0, 1_700_000_000.0)
    hanging.let_go.set()
    assert _collect(runner).readings == tuple(_cpus(7))


def test_what_is_shown_meanwhile_may_be_a_minute_old_and_no_older(clock: ManualClock, timer: ManualClock) -> None:
    hanging = _Hanging()
    collector = _Scripted(lambda: _cpus(4))
    runner = _runner(collector, clock, timer)
    _collect(runner)
    collector.act = hanging
    timer.advance(60)
    assert _collect(runner, patience=0).readings == tuple(_cpus(4))
    timer.advance(1)
    assert _collect(runner, patience=0).readings == ()
    hanging.let_go.set()


def test_nothing_is_told_of_a_first_collection_that_is_on_its_way(clock: ManualClock, timer: ManualClock) -> None:
    hanging = _Hanging()
    runner = _runner(_Scripted(hanging), clock, timer)
    runner.begin()
    assert runner.outcome(patience=0) is None
    hanging.let_go.set()
    assert _collect(runner).readings == tuple(_cpus(7))


def test_a_hanging_collection_is_given_up_and_the_next_one_works(clock: ManualClock, timer: ManualClock) -> None:
    hanging = _Hanging()
    collector = _Scripted(hanging)
    runner = _runner(collector, clock, timer)
    runner.begin()
    assert hanging.began.acquire(timeout=_LONG)
    timer.advance(5.5)
    given_up = runner.outcome(patience=0)
    assert given_up == Outcome((), "takes longer than its timeout of 5s", 5.5, None)
    collector.act = lambda: _cpus(4)
    assert _collect(runner).readings == tuple(_cpus(4))
    hanging.let_go.set()
    eventually(lambda: not _threads("scripted"), "the hanging thread ends")
    assert _collect(runner).readings == tuple(_cpus(4)), "its late result is dropped"


def test_a_collector_that_always_hangs_holds_three_threads_at_most_and_recovers_when_they_return(
    clock: ManualClock, timer: ManualClock
) -> None:
    hanging = _Hanging()
    collector = _Scripted(hanging)
    runner = CollectorRunner("stuck", CollectorSettings(), collector.open, clock, timer.now)
    for scrape in range(6):
        runner.begin()
        if scrape < 3:
            assert hanging.began.acquire(timeout=_LONG)
        timer.advance(6)
        stuck = runner.outcome(patience=0)
        assert stuck is not None
        assert stuck.problem == "takes longer than its timeout of 5s"
        assert len(_threads("stuck")) == min(scrape + 1, 3)
    collector.act = lambda: _cpus(4)
    hanging.let_go.set()
    eventually(lambda: not _threads("stuck"), "the hanging threads end")
    assert _collect(runner).readings == tuple(_cpus(4))


def _threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"collector {name}"]
