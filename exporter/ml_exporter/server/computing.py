"""Answers that take a computation: beside the scrapes, a few at a time, and each once a tick."""

import asyncio
from collections.abc import Callable, Hashable

import anyio

from ml_exporter.snapshot import Exposition, Snapshot

_AT_ONCE = 2
"""So many threads compute. They are none of those that answer scrapes."""

_MOST_WAITING = 32
"""So many answers are waited for, or computed; whoever asks for one more is sent away."""

_MOST_BYTES = 32_000_000
"""Answers of so many bytes together are kept until the next tick."""

_OVERHEAD = 1000
"""Bytes that an answer takes beside its own."""


class Busy(Exception):
    """Too many answers are being computed."""


class Computing:
    """Computes answers from snapshots. Used by the server's own thread, where everything but computing happens."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)
        self._snapshot: Snapshot | None = None
        self._answers: dict[Hashable, asyncio.Task[Exposition]] = {}
        self._kept = 0
        self._waiting = 0

    async def once(self, question: Hashable, snapshot: Snapshot, compute: Callable[[], bytes]) -> Exposition:
        """Return the answer to a question, computed for the first who asks it of this snapshot.

        Raises:
            Busy: too many answers are being computed.
        """
        if snapshot is not self._snapshot:
            self._snapshot, self._answers, self._kept = snapshot, {}, 0
        task = self._answers.get(question)
        if task is None:
            if self._waiting >= _MOST_WAITING:
                raise Busy
            task = asyncio.create_task(self._computed(question, snapshot, compute))
            self._answers[question] = task
        return await asyncio.shield(task)

    async def _computed(self, question: Hashable, snapshot: Snapshot, compute: Callable[[], bytes]) -> Exposition:
        self._waiting += 1
        try:
            answer = await anyio.to_thread.run_sync(lambda: Exposition.of(compute()), limiter=self._limiter)
        except BaseException:
            if snapshot is self._snapshot:
                del self._answers[question]
            raise
        finally:
            self._waiting -= 1
        if snapshot is self._snapshot:
            self._kept += _size(answer)
            self._forget_the_oldest()
        return answer

    def _forget_the_oldest(self) -> None:
        for question, task in tuple(self._answers.items()):
            if self._kept <= _MOST_BYTES:
                return
            if task.done():
                del self._answers[question]
                self._kept -= _size(task.result())


def _size(answer: Exposition) -> int:
    return answer.bytes_held + _OVERHEAD
