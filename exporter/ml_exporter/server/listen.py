"""Listening: sockets that are bound before anything else starts, and a server in a thread of its own."""

import socket
import threading
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette


class AddressError(Exception):
    """An address cannot be listened on; the message says why and what to do."""


class HttpServer:
    """Serves an application on several addresses until it is stopped."""

    def __init__(self, app: Starlette, addresses: Sequence[str]) -> None:
        """Bind every address, so that a port in use is told before any work begins.

        Args:
            app: what to serve.
            addresses: each as host:port.

        Raises:
            AddressError: one of them cannot be bound.
        """
        self._sockets = [_bind(address) for address in addresses]
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": self._sockets}, name="http", daemon=True
        )

    @property
    def addresses(self) -> list[str]:
        """Return the addresses that are listened on, with the ports that were chosen for port 0."""
        names = [bound.getsockname() for bound in self._sockets]
        return [f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}" for name in names]

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being answered, then stop."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=4)
        for bound in self._sockets:
            bound.close()


def _bind(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family, kind, protocol, _, name = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressError(f"{address}: {host!r} is no address of this machine ({error.strerror})") from None
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(name)
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise AddressError(
            f"{address} cannot be listened on ({error.strerror}); stop what uses the port, or set server.listen to"
            " another one"
        ) from None
    return bound
