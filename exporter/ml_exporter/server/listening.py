"""Sockets that are bound before anything else starts, and that bear a number of connections and no more."""

import socket
import weakref
from collections.abc import Callable, Sequence

_BACKLOG = 128


class AddressError(Exception):
    """An address cannot be listened on; the message says why and what to do."""


class ConnectionLimit:
    """Counts the open connections of all listening sockets together."""

    def __init__(self, most: int, refused: Callable[[], None]) -> None:
        """Set the limit.

        Args:
            most: connections that may be open at once.
            refused: called for each one beyond.
        """
        self._most = most
        self._refused = refused
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def admits(self, connection: socket.socket) -> bool:
        """Count a new connection, unless there are too many already."""
        if sum(known.fileno() >= 0 for known in self._open) >= self._most:
            self._refused()
            return False
        self._open.add(connection)
        return True


class LimitedSocket(socket.socket):
    """A listening socket that closes what comes beyond a limit, before it costs a file for longer than that."""

    limit: ConnectionLimit | None = None

    def accept(self) -> tuple[socket.socket, object]:
        """Accept a connection.

        Raises:
            BlockingIOError: there is none, or it was one too many and has been closed.
        """
        connection, address = super().accept()
        if self.limit is not None and not self.limit.admits(connection):
            connection.close()
            raise BlockingIOError
        return connection, address


def bind_all(addresses: Sequence[str], limit: ConnectionLimit) -> list[socket.socket]:
    """Bind and listen on every address.

    Args:
        addresses: each as host:port; a name of several addresses is bound on all of them.
        limit: how many connections they bear together.

    Raises:
        AddressError: one of them cannot be bound; none is.
    """
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            bound += _bind(address, limit)
    except AddressError:
        for opened in bound:
            opened.close()
        raise
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address of a bound socket as host:port, with the port that was chosen for port 0."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(address: str, limit: ConnectionLimit) -> list[socket.socket]:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise AddressError(
            f"{address}: {host!r} is no address of this machine ({error.strerror}); set server.listen to one, or to"
            " 0.0.0.0 for all"
        ) from None
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, name in dict.fromkeys(found):
            opened = LimitedSocket(family, kind, protocol)
            opened.limit = limit
            bound.append(opened)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # 0.0.0.0 and [::] can be had together
            opened.bind(name)
            opened.listen(_BACKLOG)
    except OSError as error:
        for begun in bound:
            begun.close()
        raise AddressError(f"{address} cannot be listened on ({error.strerror}); {_remedy(error)}") from None
    return bound


def _remedy(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "ports below 1024 are for root only: set server.listen to a higher one"
    return "stop what uses the port, or set server.listen to another one"
