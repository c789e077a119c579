"""What stands before the application: rate, password, and the headers of every response."""

import asyncio
import base64
import binascii
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.web.file import Web
from ml_exporter.server.web.passwords import Passwords
from ml_exporter.server.web.rate import Rate

_OPEN_TO_ALL = ("/-/healthy", "/-/ready")
"""Probes have no password, and there is nothing in the answer to protect."""


class Gate:
    """Lets requests through to the application, or refuses them."""

    def __init__(
        self,
        app: ASGIApp,
        web: Callable[[], Web],
        refusals: Refusals,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand before an application.

        Args:
            app: the application.
            web: tells what the web configuration file says now.
            refusals: where refusals are counted.
            timer: the time in seconds, from any beginning.
        """
        self._app = app
        self._web = web
        self._refusals = refusals
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

        refusal = None
        if scope["path"] not in _OPEN_TO_ALL:
            if not self._rate.admits(settings.rate_limit):
                refusal = self._refuse(Reason.TOO_MANY_REQUESTS, 429, {})
            elif settings.basic_auth_users and not await self._knows(settings.basic_auth_users, scope):
                refusal = self._refuse(Reason.UNAUTHORIZED, 401, {"WWW-Authenticate": 'Basic realm="ml_exporter"'})
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refuse(self, reason: Reason, status: int, headers: dict[str, str]) -> Response:
        self._refusals.count(reason)
        words = {401: "Unauthorized\n", 429: "Too Many Requests\n"}[status]
        return PlainTextResponse(words, status_code=status, headers=headers)

    async def _knows(self, users: dict[str, str], scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        credentials = _credentials(given[0]) if len(given) == 1 else None
        if credentials is None:
            return False
        if self._passwords.remembers(users, *credentials):
            return True
        return await asyncio.to_thread(self._passwords.check, users, *credentials)


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
