"""Computing answers: once a tick for all who ask the same, so many at a time, and no more kept than fit."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from ml_exporter.server import computing
from ml_exporter.server.computing import Busy, Computing
from ml_exporter.snapshot import Exposition
from tests.server.serving import snapshot


class _Counted:
    """A computation that counts, and may be held up."""

    def __init__(self, answer: bytes = b"answer") -> None:
        self.count = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self._answer = answer

    def __call__(self) -> bytes:
        self.count += 1
        assert self.go_on.wait(30)
        return self._answer


def test_who_asks_the_same_of_the_same_tick_gets_the_same_answer() -> None:
    async def ask() -> list[Exposition]:
        one = Computing()
        at_once = await asyncio.gather(*(one.once("question", first, compute) for _ in range(5)))
        return [*at_once, await one.once("question", first, compute), await one.once("question", second, compute)]

    first, second, compute = snapshot(), snapshot(), _Counted()
    answers = asyncio.run(ask())
    assert {answer.text for answer in answers} == {b"answer"}
    assert compute.count == 2, "once for each snapshot"


def test_a_question_that_fails_fails_for_everybody_and_is_asked_anew() -> None:
    def fail() -> bytes:
        raise ValueError("no such model")

    async def ask() -> None:
        one, of_now = Computing(), snapshot()
        said = await asyncio.gather(*(one.once("q", of_now, fail) for _ in range(2)), return_exceptions=True)
        assert [str(error) for error in said] == ["no such model"] * 2
        assert (await one.once("q", of_now, _Counted())).text == b"answer"

    asyncio.run(ask())


def test_beyond_a_number_of_answers_that_are_waited_for_one_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "_MOST_WAITING", 3)

    async def ask() -> None:
        one, of_now, held = Computing(), snapshot(), _Counted()
        held.go_on.clear()
        waiting = [asyncio.create_task(one.once(number, of_now, held)) for number in range(3)]
        await _until(lambda: held.count == 2)
        with pytest.raises(Busy):
            await one.once("one too many", of_now, held)
        assert held.count == 2, "two at a time"
        held.go_on.set()
        await asyncio.gather(*waiting)
        assert (await one.once("one too many", of_now, held)).text == b"answer"

    asyncio.run(ask())


def test_what_does_not_fit_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "_MOST_BYTES", 5_000)

    async def ask() -> None:
        one, of_now = Computing(), snapshot()
        for number in range(10):
            await one.once(number, of_now, _Counted())
        old, new = _Counted(), _Counted()
        await one.once(0, of_now, old)
        await one.once(9, of_now, new)
        assert (old.count, new.count) == (1, 0), "the oldest were forgotten"

    asyncio.run(ask())


async def _until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not there():
            await asyncio.sleep(0.01)
