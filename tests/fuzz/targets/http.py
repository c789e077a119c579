"""Bytes on a connection: answered as HTTP or not at all, with no error of ours and no name of the server's software."""

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Any

from uvicorn.server import ServerState

from ml_exporter.config import WebSettings
from ml_exporter.server import Refusals, SnapshotHolder, make_app
from ml_exporter.server.connection import GuardedConfig, GuardedProtocol, Limits
from ml_exporter.server.web import Gate
from ml_exporter.server.web.file import Web
from tests.pipeline.in_process import InProcess, monitoring
from tests.server.certificates import HASHED

_EXPORTER = InProcess(Path(tempfile.mkdtemp(prefix="fuzzed-")), monitoring())
_SHOWN = SnapshotHolder(_EXPORTER.snapshot())
_EXPORTER.close()
_USERS = Web(WebSettings(basic_auth_users={"alice": HASHED}), None)
_NOBODY = Web(WebSettings(), None)
_LONGEST_HEAD = 4096

SEEDS = (
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0.5, zstd\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text;version=1.0.0\r\n\r\n",
    b"POST /-/ready HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n",
    b"GET /%ff%00/../..//metrics?a=%zz HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\0\0\0\0\0\0\0E",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


class _Logged(logging.Handler):
    """Keeps what the server complains of: strangers must not be able to fill a log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


_LOGGED = _Logged()
logging.getLogger("uvicorn.error").addHandler(_LOGGED)


class _Socket:
    """A socket as far as the server sees it."""

    def setsockopt(self, *_: int) -> None:
        """Nobody waits here."""

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 2)

    def getpeername(self) -> tuple[str, int]:
        return ("127.0.0.1", 1)


class _Transport(asyncio.Transport):
    """A connection's other end: keeps what is sent."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2), "socket": _Socket()})
        self.sent = b""
        self._closed = False

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Take all: there is no slow client here."""

    def pause_reading(self) -> None:
        """Nothing more comes."""

    def resume_reading(self) -> None:
        """Nothing more comes."""


def take(data: bytes) -> None:
    """Let the bytes arrive at a server with passwords, and at one without."""
    for web in (_USERS, _NOBODY):
        answer = asyncio.run(_answer(web, data))
        assert not _LOGGED.records, _LOGGED.records
        assert answer == b"" or answer.startswith(b"HTTP/1.1 "), answer
        assert not answer.startswith(b"HTTP/1.1 500"), answer
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"\nserver:" not in head
        assert b"uvicorn" not in answer.lower()
        assert web is _NOBODY or b"ml_exporter_" not in answer


async def _answer(web: Web, data: bytes) -> bytes:
    refusals = Refusals()
    gate = Gate(make_app(_SHOWN, lambda: ()), lambda: web, refusals, _LONGEST_HEAD)
    config = GuardedConfig(
        gate,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )
    config.limits, config.refusals = Limits(10.0, 10.0, frozenset), refusals
    config.load()
    state = ServerState()
    protocol = GuardedProtocol(config, state, {}, asyncio.get_running_loop())
    transport = _Transport()
    protocol.connection_made(transport)
    if data:  # to a protocol that is asyncio's, nothing does not arrive
        protocol.data_received(data)
    while state.tasks:
        await asyncio.wait(set(state.tasks))
    protocol.eof_received()
    protocol.connection_lost(None)
    while state.tasks:
        await asyncio.wait(set(state.tasks))
    return transport.sent
