"""``POST /api/v1/predictions`` and the like: events for feeds, answered once they are durable.

The server's own thread reads bodies and writes answers. A body that is packed, or long, is unpacked and cut into events
by few threads of its own, so that scrapes do not wait; the feed's thread decodes, and the daemon's makes durable.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from http import HTTPStatus

import anyio
import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ml_exporter.feeds import Inboxes
from ml_exporter.feeds.receiving import (
    BadBody,
    Body,
    Closed,
    Content,
    Full,
    Inbox,
    Place,
    Receipt,
    Rights,
    TooLarge,
    UnsupportedBody,
    decompressed,
)
from ml_exporter.server import api
from ml_exporter.server.api.events import Acknowledgement, RejectedEvent
from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.sending import header
from ml_exporter.server.web import bearer_token

_AT_ONCE = 2
"""So many threads unpack bodies."""

_AT_ONCE_HERE = 16 * 1024
"""Bytes of a body, not packed, that is cut into events sooner than a thread takes it."""

_DRAINED = 8 * 1024 * 1024
"""Bytes of a refused body that are read: a client that still sends hears nothing."""

_RETRY_SOON, _RETRY_LATER = "1", "5"
"""Seconds."""

_CHALLENGE = 'Bearer realm="ml_exporter"'


class Refusal(Exception):
    """A request that is not taken; nothing of it is kept."""

    def __init__(
        self, status: HTTPStatus, reason: Reason, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        super().__init__(message)


def receiving_route(inboxes: Inboxes, refusals: Refusals) -> Route:
    """Return the route of all paths below /api/v1 that nothing else has: feeds come and go while the server runs.

    Args:
        inboxes: where events are left for their feeds.
        refusals: where it is counted what was not taken.
    """
    return Route(f"{api.PREFIX}/{{path:path}}", _Receiving(inboxes, refusals))


class _Receiving:
    """The application behind these paths, whatever the method."""

    def __init__(self, inboxes: Inboxes, refusals: Refusals) -> None:
        self._inboxes = inboxes
        self._refusals = refusals
        self._limiter: anyio.CapacityLimiter | None = None
        self._courier: _Courier | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        incoming = _Incoming(receive)
        try:
            response = await self._response(Request(scope), incoming)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, request: Request, incoming: "_Incoming") -> Response:
        path = request.url.path
        resource = path.removeprefix(f"{api.PREFIX}/") in {resource.path for resource in api.resources()}
        if path not in self._inboxes.paths and not resource:
            return _said(HTTPStatus.NOT_FOUND, "there is nothing here; docs/api.md names what there is")
        if resource or request.method != "POST":
            allowed = "GET" if resource else "POST"
            return _said(HTTPStatus.METHOD_NOT_ALLOWED, f"only {allowed} is answered here", {"Allow": allowed})
        try:
            receipt = await self._receive(request, incoming)
        except Refusal as refusal:
            self._refusals.count(refusal.reason)
            if "expect" not in request.headers:
                await incoming.drain(_DRAINED)
            return _said(refusal.status, str(refusal), refusal.headers)
        if self._inboxes.paths[path].silent:
            return Response(status_code=HTTPStatus.OK)
        return Response(msgspec.json.encode(_shown(receipt)), HTTPStatus.ACCEPTED, media_type=api.JSON)

    async def _receive(self, request: Request, incoming: "_Incoming") -> Receipt:
        """Take a request's events to their feed, and wait until they are durable.

        Raises:
            Refusal: they are not.
        """
        inbox = self._inboxes.at(request.url.path)
        if inbox is None:
            raise _unavailable("the feed is not open yet, or any more; send it again")
        rights = _rights(request, inbox)
        most = inbox.settings.max_request_bytes
        if _length(request) > most:
            raise _too_large(most)
        try:
            place = inbox.admit()
        except Full:
            raise _full() from None
        except Closed:
            raise _unavailable("the feed is closing; send it again") from None
        try:
            content = await self._content(request, incoming, inbox, rights, place)
            self._courier = self._courier or _Courier(asyncio.get_running_loop())
            answer = _Answer(self._courier)
            if len(content) == 0:
                return Receipt(0, 0, 0, ())
            place.deliver(content, _sender(request), answer.from_elsewhere)
        except Full:
            place.leave()
            raise _full() from None
        except Closed:
            place.leave()
            raise _unavailable("the feed is closing; send it again") from None
        except BaseException:
            place.leave()
            raise
        return await answer.within(inbox.settings.answer_within.seconds)

    async def _content(
        self, request: Request, incoming: "_Incoming", inbox: Inbox, rights: Rights, place: Place
    ) -> Content:
        """Read the events of a request.

        Raises:
            Refusal: they cannot be read.
            Full: there is no room for them.
        """
        body = await incoming.read(inbox.settings.max_request_bytes, place)
        encoding = header(request, "content-encoding")
        find = partial(_events, inbox, rights, body, encoding, dict(request.headers))
        try:
            if len(body) <= _AT_ONCE_HERE and not encoding:
                unpacked, content = find()
            else:
                self._limiter = self._limiter or anyio.CapacityLimiter(_AT_ONCE)
                unpacked, content = await anyio.to_thread.run_sync(find, limiter=self._limiter)
        except BadBody as problem:
            raise Refusal(HTTPStatus.BAD_REQUEST, Reason.BAD_BODY, str(problem)) from None
        except TooLarge as problem:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.TOO_LARGE, str(problem)) from None
        except UnsupportedBody as problem:
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Reason.UNSUPPORTED_BODY, str(problem)) from None
        place.hold(unpacked)
        return content


class _Incoming:
    """A body that arrives."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def read(self, most: int, place: Place) -> bytes:
        """Read it, as it was sent.

        Raises:
            Refusal: it has more than ``most`` bytes.
            Full: there is no room for it.
            ClientDisconnect: nobody is there to hear the answer.
        """
        body = bytearray()
        async for chunk in self._chunks():
            if len(body) + len(chunk) > most:
                raise _too_large(most)
            body += chunk
            place.hold(len(body))
        return bytes(body)

    async def drain(self, most: int) -> None:
        """Read what a client still sends, so that it comes to read its answer; not for ever."""
        async for chunk in self._chunks():
            most -= len(chunk)
            if most < 0:
                return

    async def _chunks(self) -> AsyncIterator[bytes]:
        while not self._ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._ended = not message.get("more_body", False)
            yield message.get("body", b"")


class _Courier:
    """Brings answers from other threads into the server's: it is woken once for all that come together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._underway: list[Callable[[], None]] = []

    def bring(self, give: Callable[[], None]) -> None:
        """Have an answer given, from any thread; where the server has ended, nothing happens."""
        with self._lock:
            self._underway.append(give)
            alone = len(self._underway) == 1
        if alone:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._give_all)

    def _give_all(self) -> None:
        with self._lock:
            underway, self._underway = self._underway, []
        for give in underway:
            give()


class _Answer:
    """The answer to a request, that another thread gives."""

    def __init__(self, courier: _Courier) -> None:
        self._courier = courier
        self._future: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()

    def from_elsewhere(self, receipt: Receipt | None) -> None:
        """Give it, from any thread; where nobody waits any more, nothing happens."""
        self._courier.bring(partial(self._give, receipt))

    def _give(self, receipt: Receipt | None) -> None:
        if not self._future.done():
            self._future.set_result(receipt)

    async def within(self, seconds: float) -> Receipt:
        """Wait for it.

        Raises:
            Refusal: it has not come in time, or is that nobody knows.
        """
        try:
            receipt = await asyncio.wait_for(self._future, seconds)
        except TimeoutError:
            raise _unavailable("the events are not durable yet; send them again, none will count twice") from None
        if receipt is None:
            raise _unavailable("the exporter stops, or the feed does; send it again, none will count twice")
        return receipt


def _events(
    inbox: Inbox, rights: Rights, content: bytes, encoding: str, headers: Mapping[str, str]
) -> tuple[int, Content]:
    """Return the length of a body, unpacked, and its events."""
    unpacked = decompressed(content, encoding, inbox.settings.max_request_bytes)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return len(unpacked), inbox.understand(Body(media_type, headers, unpacked), rights)


def _rights(request: Request, inbox: Inbox) -> Rights:
    """Return what the sender may write.

    Raises:
        Refusal: nothing.
    """
    if "origin" in request.headers:  # a page of another site could else have its reader's browser send
        raise Refusal(HTTPStatus.FORBIDDEN, Reason.FORBIDDEN, "no page may send events")
    token = bearer_token(request.scope)
    rights = None if token is None else inbox.tokens.rights(token)
    if rights is not None:
        return rights
    if len(inbox.tokens) and "user" not in request.scope:
        message = "the request has no token of this feed; send `Authorization: Bearer TOKEN`"
        raise Refusal(HTTPStatus.UNAUTHORIZED, Reason.UNAUTHORIZED, message, {"WWW-Authenticate": _CHALLENGE})
    return Rights()


def _length(request: Request) -> int:
    """Return the length that a request says its body has; 0 where it says none."""
    try:
        return int(request.headers.get("content-length", "0"))
    except ValueError:
        return 0


def _sender(request: Request) -> str:
    return request.client.host if request.client is not None else "somewhere"


def _shown(receipt: Receipt) -> Acknowledgement:
    rejections = [RejectedEvent(refused.index, refused.reason, refused.detail) for refused in receipt.rejections]
    return Acknowledgement(receipt.accepted, receipt.duplicate, receipt.rejected, rejections)


def _full() -> Refusal:
    message = "too much is waiting to be durable; send it again in a moment"
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, Reason.QUEUE_FULL, message, {"Retry-After": _RETRY_SOON})


def _too_large(most: int) -> Refusal:
    message = f"the body has more than {most} bytes; send less in one request"
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.TOO_LARGE, message)


def _unavailable(message: str) -> Refusal:
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Reason.UNAVAILABLE, message, {"Retry-After": _RETRY_LATER})


def _said(status: HTTPStatus, error: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": error}), status, headers, api.JSON)
