"""The reader: a thread that reads ahead. Feeds here do what the test tells them, step by step."""

import queue
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ml_exporter.feeds import Batch, FeedContext, FeedError, FeedKind, FeedReader, PartlyUnreadable, kinds
from ml_exporter.feeds import reader as reader_module
from tests.feeds.builders import append, context, decode, ids, lines, prediction, settings

LONG = 10.0
"""Seconds after which a test that waits has failed."""


def batch(identifier: str, *, behind: bool = False) -> Batch:
    """Return a batch with one event, whose position is its id."""
    return Batch("f", decode([prediction(identifier)]).events, (), identifier.encode(), behind, 0.0)


class Script:
    """A kind of feed whose reads answer what the test puts in: batches, ``None``, or exceptions to raise."""

    def __init__(self) -> None:
        self.answers: queue.Queue[Batch | Exception | None] = queue.Queue()
        self.opened: list[bytes | None] = []
        self.closed = 0
        self.close_error: Exception | None = None
        self.read_began = threading.Semaphore(0)

    def kind(self, *, pushed: bool = False) -> FeedKind:
        """Return the kind."""

        def opened(_settings: object, _context: FeedContext, position: bytes | None) -> "Script":
            self.opened.append(position)
            return self

        return FeedKind("file", type(settings()), opened, pushed=pushed)

    def read(self) -> Batch | None:
        """Wait for what the test says."""
        self.read_began.release()
        answer = self.answers.get(timeout=LONG)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Count."""
        self.closed += 1
        if self.close_error:
            raise self.close_error

    def say(self, *answers: Batch | Exception | None) -> None:
        """Let the next reads answer so."""
        for answer in answers:
            self.answers.put(answer)

    def has_begun_reads(self, count: int) -> None:
        """Wait until so many more reads have begun: what was said before them is done."""
        for _ in range(count):
            assert self.read_began.acquire(timeout=LONG)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failures be tried again at once."""
    monkeypatch.setattr(reader_module, "_SHORTEST_RETRY", 0.0)


class Steered:
    """A reader and its wake event."""

    def __init__(self, kind: FeedKind, position: bytes | None, at: FeedContext, idle: float) -> None:
        self.wake = threading.Event()
        self.reader = FeedReader(kind, settings(), at, position, self.wake, idle=idle)

    def next(self) -> Batch:
        """Wait for the next batch."""
        while (taken := self.reader.take()) is None:
            assert self.wake.wait(LONG)
            self.wake.clear()
        return taken


@contextmanager
def started(script: Script, position: bytes | None = None, idle: float = 0.0) -> Iterator[Steered]:
    steered = Steered(script.kind(), position, context(), idle)
    try:
        yield steered
    finally:
        script.say(None, None)
        steered.reader.stop(LONG)


def test_batches_come_in_order_and_wake_the_consumer(script: Script) -> None:
    with started(script, b"start") as steered:
        script.say(batch("a", behind=True), batch("b"))
        assert ids(steered.next().events) == ["a"]
        assert ids(steered.next().events) == ["b"]
        assert steered.reader.take() is None
    assert script.opened == [b"start"]
    assert script.closed == 1


def test_the_reader_is_behind_until_the_source_has_said_that_there_is_no_more(script: Script) -> None:
    with started(script) as steered:
        assert steered.reader.behind
        script.say(None)
        script.has_begun_reads(2)
        assert not steered.reader.behind


def test_the_reader_is_behind_while_a_batch_is_queued(script: Script) -> None:
    with started(script) as steered:
        script.say(None, batch("a"))
        script.has_begun_reads(3)
        assert steered.reader.behind
        steered.next()
        assert not steered.reader.behind


def test_the_reader_reads_no_more_than_the_queue_holds(script: Script) -> None:
    """Two batches wait in the queue and one for room there; the source is asked for no fourth."""
    with started(script) as steered:
        script.say(*(batch(name) for name in "abcdef"))
        script.has_begun_reads(3)
        assert script.answers.qsize() >= 3
        assert [ids(steered.next().events) for _ in range(6)] == [[name] for name in "abcdef"]


def test_a_source_that_hangs_does_not_block_the_consumer(script: Script) -> None:
    with started(script) as steered:
        script.has_begun_reads(1)
        assert steered.reader.take() is None
        steered.reader.stop(timeout=0.0)


@pytest.mark.usefixtures("impatient")
def test_a_failure_is_counted_told_and_tried_again_behind_the_last_batch(script: Script) -> None:
    with capture_logs() as logs, started(script) as steered:
        script.say(batch("a"))
        script.has_begun_reads(2)
        script.say(FeedError("the disk is on fire"))
        script.has_begun_reads(1)
        assert (steered.reader.errors, steered.reader.last_error) == (1, "the disk is on fire")
        script.say(batch("b"))
        script.has_begun_reads(1)
        assert (steered.reader.errors, steered.reader.last_error) == (1, None)
    assert script.opened == [None, b"a"]
    told = [(entry["event"], entry.get("error"), entry.get("exc_info")) for entry in logs]
    assert told == [("feed failed", "the disk is on fire", None), ("feed works again", None, None)]


@pytest.mark.usefixtures("impatient")
def test_a_feed_of_which_a_part_cannot_be_read_is_counted_and_stays_open(script: Script) -> None:
    with started(script) as steered:
        script.say(PartlyUnreadable("a.gz is damaged"), batch("a"))
        assert ids(steered.next().events) == ["a"]
        assert steered.reader.errors == 1
    assert script.opened == [None]


@pytest.mark.usefixtures("impatient")
def test_a_bug_costs_a_try_and_is_told_with_its_traceback(script: Script) -> None:
    with capture_logs() as logs, started(script) as steered:
        bug = ZeroDivisionError()
        script.say(bug, batch("a"))
        assert ids(steered.next().events) == ["a"]
        assert steered.reader.errors == 1
    assert (logs[0]["error"], logs[0]["exc_info"]) == ("ZeroDivisionError", bug)


@pytest.mark.usefixtures("impatient")
def test_failures_are_told_at_a_bounded_rate_and_all_counted(script: Script) -> None:
    with capture_logs() as logs, started(script) as steered:
        for _ in range(20):
            script.say(FeedError("no"), None)
        script.has_begun_reads(41)
        assert steered.reader.errors == 20
    assert [entry["event"] for entry in logs].count("feed failed") == 5
    assert [entry["event"] for entry in logs].count("feed works again") == 5


@pytest.mark.usefixtures("impatient")
def test_a_feed_that_cannot_be_closed_is_given_up(script: Script) -> None:
    script.close_error = OSError("busy")
    with capture_logs() as logs, started(script) as steered:
        script.say(FeedError("no"), batch("a"))
        assert ids(steered.next().events) == ["a"]
    assert [entry["event"] for entry in logs].count("feed cannot be closed") == 2


def test_retries_come_ever_later_up_to_a_minute_and_not_in_step() -> None:
    def waits(seed: int) -> list[float]:
        script = Script()
        reader = FeedReader(script.kind(), settings(), context(), None, threading.Event(), 1.0, random.Random(seed))
        try:
            return [reader._failed(FeedError("no")) for _ in range(10)]
        finally:
            script.say(None)
            reader.stop(LONG)

    with capture_logs():
        steps, other = waits(1), waits(2)
    longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert all(0.8 * most <= wait <= most for wait, most in zip(steps, longest, strict=True))
    assert steps != other
    with capture_logs():
        assert waits(1) == steps


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([None], id="idle"),
        pytest.param([FeedError("no")], id="about to try again"),
        pytest.param([batch("a"), batch("b"), batch("c")], id="without room in the queue"),
    ],
)
def test_a_waiting_reader_stops_at_once(script: Script, answers: list[Batch | Exception | None]) -> None:
    with capture_logs(), started(script, idle=LONG * 100) as steered:
        script.say(*answers)
        script.has_begun_reads(len(answers))
    assert not steered.reader._thread.is_alive()


def test_a_feed_of_files_is_read_by_the_reader(tmp_path: Path) -> None:
    append(tmp_path / "a.jsonl", lines("xy"))
    steered = Steered(kinds()["file"], None, context(tmp_path), 0.01)
    try:
        assert ids(steered.next().events) == ["x", "y"]
        append(tmp_path / "a.jsonl", lines("z"))
        assert ids(steered.next().events) == ["z"]
    finally:
        steered.reader.stop(LONG)


def test_of_a_feed_that_is_sent_events_one_batch_is_ahead_and_none_is_behind(script: Script) -> None:
    wake = threading.Event()
    reader = FeedReader(script.kind(pushed=True), settings(), context(), None, wake, idle=LONG)
    try:
        script.say(None, batch("a"), batch("b"))  # though it has nothing, it is asked again at once
        assert wake.wait(LONG)
        script.has_begun_reads(2)
        assert not script.read_began.acquire(timeout=0.2), "what comes until the batch is taken makes one with the next"
        assert not reader.behind
        wake.clear()
        assert ids(reader.take().events) == ["a"]  # type: ignore[union-attr]
        assert wake.wait(LONG)
        assert ids(reader.take().events) == ["b"]  # type: ignore[union-attr]
    finally:
        script.say(None, None)
        reader.stop(LONG)
