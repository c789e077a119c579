"""One connection: cut off where the client is slow, or shows the wrong certificate."""

import asyncio
import socket
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ml_exporter.server.refusals import Reason, Refusals


@dataclass(frozen=True)
class Limits:
    """What a connection may take."""

    read_timeout: float
    """Seconds for a whole request to arrive."""

    write_timeout: float
    """Seconds for what has been sent to be taken."""

    allowed_names: Callable[[], Set[str]]
    """Tells the names of which a client's certificate must have one now; none: it needs none of them."""


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration with what its connections need beside it."""

    limits: Limits
    refusals: Refusals


class GuardedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol with the time limits that it lacks.

    A request must have arrived as a whole in time, however slowly its bytes trickle; while a response is computed or
    streamed no time runs, unless the client does not take what has been sent.
    """

    @property
    def _own(self) -> GuardedConfig:
        return cast("GuardedConfig", self.config)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's signature
        """Begin to wait for the first request."""
        super().connection_made(transport)
        limits = self._own.limits
        self._reading = _Deadline(self.loop, limits.read_timeout, lambda: self._cut_off(Reason.SLOW_REQUEST))
        self._writing = _Deadline(self.loop, limits.write_timeout, lambda: self._cut_off(Reason.SLOW_RESPONSE))
        _give_up_after(transport, limits.write_timeout)
        transport.set_write_buffer_limits(high=1, low=0)  # so that pause_writing tells of all that is not taken
        names = limits.allowed_names()
        if names and not names & _names(transport.get_extra_info("peercert")):
            self._cut_off(Reason.BAD_CERTIFICATE)
        else:
            self._reading.begin()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; the time ends with the request, not with its first byte."""
        self._reading.begin()
        super().data_received(data)
        if self._request_is_whole():
            self._reading.end()

    def pause_writing(self) -> None:
        """Begin to wait until the client takes what has been sent."""
        super().pause_writing()
        self._writing.begin()

    def resume_writing(self) -> None:
        """End that wait."""
        self._writing.end()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End every wait."""
        self._reading.end()
        self._writing.end()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or has too long a head.

        Where a good request before it is still being answered, nothing can be said between: the connection ends.
        """
        if self.cycle is None or self.cycle.response_complete:
            self._own.refusals.count(Reason.BAD_REQUEST)
            super().send_400_response(msg)
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._cut_off(Reason.BAD_REQUEST)

    def _request_is_whole(self) -> bool:
        begun, _ = self.conn.trailing_data
        return self.conn.their_state is not h11.SEND_BODY and not (self.conn.their_state is h11.IDLE and begun)

    def _cut_off(self, reason: Reason) -> None:
        self._own.refusals.count(reason)
        self.transport.abort()


class _Deadline:
    """A time limit that runs from its beginning to its end, however often it is begun in between."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, missed: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._missed = missed
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._missed)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _give_up_after(transport: asyncio.Transport, seconds: float) -> None:
    """Let the kernel end a connection whose peer takes nothing of the little that it holds itself: an event a tick."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, round(1000 * seconds)))


def _names(certificate: dict[str, Any] | None) -> Set[str]:
    """Return the subject alternative names of a verified certificate: DNS names, addresses, e-mail addresses, URIs."""
    return {value for _, value in (certificate or {}).get("subjectAltName", ())}
