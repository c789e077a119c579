"""Requests to the exporter, over one connection that is kept open."""

import base64
import codecs
import contextlib
import http.client
import os
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from isal import igzip_lib

from ml_exporter import __version__
from ml_exporter.client.backoff import retry_after
from ml_exporter.client.events import Kind
from ml_exporter.client.settings import PASSWORD_VARIABLE, TOKEN_VARIABLE, Connection, from_environment

_LARGEST_ANSWER = 4 * 1024 * 1024
_WORTH_COMPRESSING = 1024
_BROKEN = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ConnectionAbortedError)

codecs.lookup("idna")  # loaded now: where a process is forked while a thread loads it, the child would never find it


class Unreachable(Exception):
    """There was no answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What the exporter answered."""

    status: int
    retry_after: float | None
    """Seconds that it asks to wait; ``None``: it does not ask."""

    body: bytes


class Transport:
    """Posts events. For one thread; a server that has closed a connection in rest is connected anew at once."""

    def __init__(self, connection: Connection) -> None:
        """Connect with the first request.

        Args:
            connection: where to.
        """
        self._settings = connection
        parts = urlsplit(connection.url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._base = parts.path.rstrip("/")
        self._open: http.client.HTTPConnection | None = None

    def post(self, kind: Kind, lines: Sequence[bytes]) -> Answer:
        """Send events and wait for the answer.

        Raises:
            Unreachable: there is none.
        """
        body = b"\n".join(lines) + b"\n"
        headers = {"Content-Type": "application/x-ndjson", "User-Agent": f"ml-exporter-client/{__version__}"}
        if len(body) > _WORTH_COMPRESSING:
            body = igzip_lib.compress(body, 1, flag=igzip_lib.COMP_GZIP)
            headers["Content-Encoding"] = "gzip"
        try:
            headers |= self._authorization()
            return self._posted(f"{self._base}/api/v1/{kind}", body, headers)
        except Exception as error:
            self.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _posted(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send a request; once more where the connection, in rest since the last one, was closed meanwhile."""
        used = self._open is not None
        try:
            return self._exchange(path, body, headers)
        except _BROKEN:
            if not used:
                raise
            self.close()
            return self._exchange(path, body, headers)

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._open is None:
            self._open = self._connection()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it read all
            self._open.request("POST", path, body, headers)
        response = self._open.getresponse()
        content = response.read(_LARGEST_ANSWER)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, retry_after(response.headers.get("Retry-After"), time.time()), content)

    def _connection(self) -> http.client.HTTPConnection:
        settings = self._settings
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=settings.timeout)
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
        return http.client.HTTPSConnection(self._host, self._port, timeout=settings.timeout, context=context)

    def _authorization(self) -> dict[str, str]:
        """Return the header that lets us in; secrets are read each time, since they may be replaced."""
        settings = self._settings
        if settings.username is not None:
            password = _secret(settings.password_file, PASSWORD_VARIABLE) or ""
            pair = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        token = _secret(settings.token_file, TOKEN_VARIABLE)
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def interrupt(self) -> None:
        """End a request that another thread waits for."""
        connection = self._open
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(2)  # both directions

    def abandon(self) -> None:
        """Let go of the connection in a process that was forked off: it is the other one's."""
        connection = self._open
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                os.close(connection.sock.detach())
        self._open = None


def _secret(file: Path | None, variable: str) -> str | None:
    return from_environment(variable) if file is None else file.read_text(encoding="utf-8").strip()
