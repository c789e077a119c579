"""What stands before the application: rate, password, and the headers of every response."""

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml_exporter.config import WebSettings
from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.web.file import Web
from ml_exporter.server.web.passwords import Passwords
from ml_exporter.server.web.rate import Rate

_OPEN_TO_ALL = ("/-/healthy", "/-/ready")
"""Probes have no password, and there is nothing in the answer to protect."""


_CHALLENGE = 'Basic realm="ml_exporter", charset="UTF-8"'


def _no_token(_path: str, _token: bytes) -> bool:
    return False


class Gate:
    """Lets requests through to the application, or refuses them."""

    def __init__(
        self,
        app: ASGIApp,
        web: Callable[[], Web],
        refusals: Refusals,
        max_header_bytes: int,
        timer: Callable[[], float] = time.monotonic,
        knows_token: Callable[[str, bytes], bool] = _no_token,
    ) -> None:
        """Stand before an application.

        Args:
            app: the application.
            web: tells what the web configuration file says now.
            refusals: where refusals are counted.
            max_header_bytes: the length of a request's headers that is borne.
            timer: the time in seconds, from any beginning.
            knows_token: tells whether a path lets the bearer of a token in, who then needs no password.
        """
        self._app = app
        self._web = web
        self._refusals = refusals
        self._max_header_bytes = max_header_bytes
        self._knows_token = knows_token
        self._passwords = Passwords()
        self._rate = Rate(timer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        settings = self._web().settings

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(settings.http_server_config.headers)
            await send(message)

        refusal = await self._refusal(scope, settings)
        await (refusal or self._app)(scope, receive, send_with_headers)

    async def _refusal(self, scope: Scope, settings: WebSettings) -> Response | None:
        """Return what a request is refused with, or ``None`` where it may pass."""
        users = settings.basic_auth_users
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self._max_header_bytes:
            return self._refuse(Reason.BAD_REQUEST, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if scope["path"] in _OPEN_TO_ALL:
            return None
        if not self._rate.admits(settings.rate_limit):
            return self._refuse(Reason.TOO_MANY_REQUESTS, HTTPStatus.TOO_MANY_REQUESTS)
        token = bearer_token(scope)
        if token is not None and self._knows_token(scope["path"], token):
            return None
        if users and not await self._knows(users, scope):
            return self._refuse(Reason.UNAUTHORIZED, HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": _CHALLENGE})
        return None

    def _refuse(self, reason: Reason, status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
        self._refusals.count(reason)
        return PlainTextResponse(f"{status.phrase}\n", status_code=status, headers=headers)

    async def _knows(self, users: dict[str, str], scope: Scope) -> bool:
        given = _authorization(scope)
        credentials = None if given is None else _credentials(given)
        if credentials is None:
            return False
        known = self._passwords.remembers(users, *credentials) or await asyncio.to_thread(
            self._passwords.check, users, *credentials
        )
        if known:
            scope["user"] = credentials[0]
        return known


def bearer_token(scope: Scope) -> bytes | None:
    """Return the token of a request (RFC 6750); ``None``: it brings none."""
    scheme, _, token = (_authorization(scope) or b"").partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None


def _authorization(scope: Scope) -> bytes | None:
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    return given[0] if len(given) == 1 else None


def _credentials(header: bytes) -> tuple[str, bytes] | None:
    """Return user and password of an Authorization header (RFC 7617); ``None``: it holds none."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
