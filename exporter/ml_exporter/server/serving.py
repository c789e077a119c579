"""The server: an application on several addresses, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette

from ml_exporter.config import ServerSettings
from ml_exporter.feeds import Inboxes
from ml_exporter.server.connection import GuardedConfig, GuardedProtocol, Limits
from ml_exporter.server.listening import ConnectionLimit, address_of, bind_all
from ml_exporter.server.refusals import Reason, Refusals
from ml_exporter.server.web import FreshContext, Gate, Web

_KEEP_ALIVE = 75
"""Seconds that a connection may rest between two requests: longer than the common scrape intervals."""

_LAST_RESPONSES = 2
"""Seconds that responses may take once the server is stopped."""


class HttpServer:
    """Serves an application until it is stopped."""

    def __init__(
        self,
        app: Starlette,
        settings: ServerSettings,
        web: Callable[[], Web],
        refusals: Refusals,
        inboxes: Inboxes | None = None,
    ) -> None:
        """Bind every address, so that a port in use is told before any work begins.

        Args:
            app: what to serve.
            settings: addresses and limits.
            web: tells what the web configuration file says now.
            refusals: where refusals are counted.
            inboxes: know the tokens of those who may send events.

        Raises:
            AddressError: an address cannot be bound.
        """
        knows_token = (inboxes or Inboxes()).knows
        limit = ConnectionLimit(settings.max_connections, lambda: refusals.count(Reason.TOO_MANY_CONNECTIONS))
        self._sockets = bind_all(settings.listen, limit)
        self._tls = web().tls is not None
        self._addresses = [address_of(bound) for bound in self._sockets]
        self._handshake_timeout = settings.read_timeout.seconds
        config = GuardedConfig(
            Gate(app, web, refusals, settings.max_header_bytes, knows_token=knows_token),
            http=GuardedProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",  # what strangers send is counted, and fills no log
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_LAST_RESPONSES,
            h11_max_incomplete_event_size=settings.max_header_bytes,
            ssl_context_factory=(lambda *_: FreshContext.of(lambda: _tls_of(web()))) if self._tls else None,
        )
        config.limits = Limits(
            settings.read_timeout.seconds, settings.write_timeout.seconds, lambda: _allowed_names(web())
        )
        config.refusals = refusals
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    @property
    def addresses(self) -> list[str]:
        """Return the addresses that are listened on, with the ports that were chosen for port 0."""
        return list(self._addresses)

    @property
    def urls(self) -> list[str]:
        """Return the same as URLs."""
        return [f"{'https' if self._tls else 'http'}://{address}" for address in self._addresses]

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being answered, then stop."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=_LAST_RESPONSES + 1)
        for bound in self._sockets:
            bound.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: _Loop(self._handshake_timeout)) as runner:
            runner.run(self._server.serve(sockets=self._sockets))


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose servers end a TLS handshake that takes too long; uvicorn leaves asyncio's minute."""

    def __init__(self, handshake_timeout: float) -> None:
        self._handshake_timeout = handshake_timeout
        super().__init__()

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """Create a server; asyncio's many parameters are passed on as they are."""
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = self._handshake_timeout
        return await super().create_server(*arguments, **options)


def _tls_of(web: Web) -> Any:
    assert web.tls is not None, "TLS is not switched off while the server runs"  # noqa: S101
    return web.tls


def _allowed_names(web: Web) -> frozenset[str]:
    tls = web.settings.tls_server_config
    return frozenset(tls.client_allowed_sans if tls is not None else ())
