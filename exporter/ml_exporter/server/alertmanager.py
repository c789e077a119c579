"""Asking Alertmanager which alerts are active: one question at a time, bounded in time and size, never from a tick."""

import asyncio
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import anyio
import msgspec

_TIMEOUT = 3.0
"""Seconds that Alertmanager may take."""

_FRESH = 5.0
"""Seconds that an answer is good for, whatever it was."""

_MOST_BYTES = 8_000_000
_WHERE = "/api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true"


class Status(msgspec.Struct):
    """Whether anybody is told of an alert."""

    state: str = "active"
    """``active``, ``suppressed`` (silenced, or inhibited by another one), ``unprocessed``."""


class Alert(msgspec.Struct, rename="camel"):
    """An alert as Alertmanager tells it."""

    labels: dict[str, str]
    starts_at: datetime
    annotations: dict[str, str] = {}
    status: Status = msgspec.field(default_factory=Status)


@dataclass(frozen=True)
class Answer:
    """What Alertmanager said."""

    alerts: tuple[Alert, ...] = ()
    problem: str | None = None
    """Why it said nothing; ``None``: it did."""

    asked: float = 0.0
    """When it was asked, by the timer: tells answers apart."""


class Alertmanager:
    """Asks, and remembers the answer for a moment. Used by the server's own thread; the waiting is done in another."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing known.

        Args:
            timer: the time in seconds, from any beginning.
        """
        self._timer = timer
        self._limiter = anyio.CapacityLimiter(1)
        self._asked: tuple[str, float, asyncio.Task[Answer]] | None = None

    async def active(self, address: str, patience: float | None = None) -> Answer | None:
        """Return the active alerts.

        Args:
            address: where it is, as http://host:port and perhaps a path.
            patience: seconds to wait for an answer; ``None``: until there is one.

        Returns:
            ``None`` where there is no answer yet.
        """
        now = self._timer()
        if self._asked is None or self._asked[0] != address or self._stale(now):
            self._asked = (address, now, asyncio.create_task(self._ask(address, now)))
        task = self._asked[2]
        await asyncio.wait({task}, timeout=patience)
        return task.result() if task.done() else None

    def _stale(self, now: float) -> bool:
        return self._asked is not None and self._asked[2].done() and now - self._asked[1] > _FRESH

    async def _ask(self, address: str, now: float) -> Answer:
        try:
            async with asyncio.timeout(_TIMEOUT + 1):  # the timeout of a socket begins anew with each of its bytes
                said = await anyio.to_thread.run_sync(_get, address, limiter=self._limiter, abandon_on_cancel=True)
        except TimeoutError:
            said = Answer(problem=f"Alertmanager at {address} does not answer in time")
        return replace(said, asked=now)


def _get(address: str) -> Answer:
    try:
        with urllib.request.urlopen(address.rstrip("/") + _WHERE, timeout=_TIMEOUT) as response:  # noqa: S310 - http(s) only: the configuration sees to it
            content = response.read(_MOST_BYTES + 1)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        return Answer(problem=f"Alertmanager at {address} does not answer: {getattr(error, 'reason', error)}")
    if len(content) > _MOST_BYTES:
        return Answer(problem=f"Alertmanager at {address} has more than {_MOST_BYTES // 1_000_000} MB of alerts")
    try:
        return Answer(msgspec.json.decode(content, type=tuple[Alert, ...]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Answer(problem=f"{address} does not answer as Alertmanager does: {error}")
