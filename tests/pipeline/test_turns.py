"""Feeds take turns."""

from collections import deque
from dataclasses import dataclass, field

from ml_exporter.pipeline.turns import Turns


@dataclass
class Reader:
    """Has batches ready; notes when it is stopped."""

    batches: deque[str] = field(default_factory=deque)
    behind: bool = False
    last_error: str | None = None
    errors: int = 0
    stops: list[float] = field(default_factory=list)

    def take(self) -> str | None:
        return self.batches.popleft() if self.batches else None

    def stop(self, timeout: float) -> None:
        self.stops.append(timeout)


def with_batches(**batches: int) -> Turns:
    return Turns({name: Reader(deque([name] * count)) for name, count in batches.items()})


def test_feeds_with_a_backlog_take_turns() -> None:
    turns = with_batches(a=3, b=3)
    assert [turns.take() for _ in range(7)] == ["a", "b", "a", "b", "a", "b", None]


def test_a_feed_without_batches_is_passed_over() -> None:
    turns = with_batches(a=0, b=2, c=1)
    assert [turns.take() for _ in range(4)] == ["b", "c", "b", None]


def test_a_feed_whose_batch_is_being_taken_in_counts_as_behind_until_it_is_done() -> None:
    turns = with_batches(a=1, b=0)
    turns.take()
    assert turns.statuses()["a"].behind
    assert not turns.statuses()["b"].behind
    turns.done()
    assert not turns.statuses()["a"].behind


def test_the_state_of_every_reader_is_told() -> None:
    statuses = Turns({"a": Reader(behind=True), "b": Reader(last_error="gone", errors=3)}).statuses()
    assert (statuses["a"].behind, statuses["a"].failing, statuses["a"].errors) == (True, False, 0)
    assert (statuses["b"].behind, statuses["b"].failing, statuses["b"].errors) == (False, True, 3)


def test_all_readers_are_told_to_stop_before_any_is_waited_for() -> None:
    readers = {name: Reader() for name in "abc"}
    Turns(readers).stop(timeout=1.0)
    assert [reader.stops[0] for reader in readers.values()] == [0, 0, 0]
    assert all(0 <= reader.stops[1] <= 1.0 for reader in readers.values())
