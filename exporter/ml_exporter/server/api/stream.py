"""The stream: a server-sent event at each tick, for as many as may listen."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ml_exporter.server.api.resource import NOT_KEPT, Resource, Sources, Unavailable
from ml_exporter.snapshot import Snapshot

_EVENTS = "text/event-stream"
_KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment shows that the stream still lives, to the client and all between."""

_RETRY_MILLISECONDS = 3000
_MOST_NAMED = 100


class BadMetric(msgspec.Struct):
    """A metric of a version that is not as it should be."""

    model_name: str
    model_version: str
    metric: str


class Tick(msgspec.Struct):
    """The data of an event: how things stand since the tick."""

    at: Annotated[float, Meta(description="The tick's time, seconds since the epoch.")]
    degraded: Annotated[list[BadMetric], Meta(description=f"Metrics that have degraded, {_MOST_NAMED} at most.")]
    breached: Annotated[list[BadMetric], Meta(description=f"Objectives that are missed, {_MOST_NAMED} at most.")]


class TickEvent(msgspec.Struct):
    """Server-sent events (HTML Living Standard, 9.2), one a tick: `event` is `tick`, `id` its time, `data` a Tick."""

    event: str
    id: str
    data: Tick


async def _handle(sources: Sources, _request: Request, _given: Mapping[str, str]) -> Response:
    snapshot = sources.snapshot()
    most = snapshot.observation.monitoring.server.max_streams
    if sources.listening >= most:
        sources.refused()
        raise Unavailable(f"{most} clients listen already (server.max_streams); ask /api/v1/verdicts now and then")
    return _Listening(sources)


class _Listening(StreamingResponse):
    """A response that counts as a listener from the moment it is sent."""

    def __init__(self, sources: Sources) -> None:
        headers = {**NOT_KEPT, "X-Accel-Buffering": "no"}  # which keeps nginx from collecting events
        super().__init__(_events(sources), headers=headers, media_type=_EVENTS)
        self._sources = sources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the client leaves, or there are no more."""
        self._sources.listening += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._sources.listening -= 1


async def _events(sources: Sources) -> AsyncIterator[bytes]:
    """Yield an event for each snapshot; one that comes while a client is slow takes the place of those before."""
    holder, woken, loop = sources.newest, asyncio.Event(), asyncio.get_running_loop()
    leave = holder.follow(lambda: _wake(loop, woken))
    try:
        yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
        shown: Snapshot | None = None
        while not holder.ended:
            woken.clear()
            newest = holder.snapshot
            if newest is not None and newest is not shown:
                shown = newest
                yield _event(newest)
            elif not await _woken_within(woken, _KEEP_ALIVE):
                yield b": nothing new\n\n"
    finally:
        leave()


def _wake(loop: asyncio.AbstractEventLoop, woken: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(woken.set)


async def _woken_within(woken: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _event(snapshot: Snapshot) -> bytes:
    observation = snapshot.observation
    degraded = [
        BadMetric(one.model_name, one.model_version, one.metric) for one in observation.degradations if one.degraded
    ]
    breached = [
        BadMetric(one.series.model, one.series.version, one.metric) for one in observation.verdicts if one.breached
    ]
    data = msgspec.json.encode(Tick(snapshot.at, degraded[:_MOST_NAMED], breached[:_MOST_NAMED]))
    return f"event: tick\nid: {snapshot.at!r}\ndata: {data.decode()}\n\n".encode()


RESOURCE = Resource(
    path="stream",
    about="An event at each tick, without end: `event: tick`, the time of the tick as `id`, and as `data` which metrics"
    " have degraded and which objectives are missed. A client that is slow misses ticks, one that takes nothing for"
    " `server.write_timeout` is cut off; `server.max_streams` may listen at a time.",
    parameters={},
    answers=TickEvent,
    handle=_handle,
    media_type=_EVENTS,
)
