"""Clients that are slow, too many, or speak no HTTP: cut off, counted, and nobody else hears of it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.server.serving import Serving, serving
from tests.stack.waiting import eventually

_REQUEST = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
_SOON = {"read_timeout": "200ms", "write_timeout": "200ms"}


def _is_cut_off(connection: socket.socket) -> bool:
    """Read to the end, and tell whether there is one."""
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


def _answers(connection: socket.socket) -> bool:
    """Send a request, and tell whether it is answered."""
    answer = b""
    with contextlib.suppress(ConnectionError):
        connection.sendall(_REQUEST)
        while not answer.endswith(b"healthy.\n") and (more := connection.recv(65536)):
            answer += more
    return answer.startswith(b"HTTP/1.1 200 OK\r\n")


def _still_serves(running: Serving) -> bool:
    return httpx.get(f"{running.url}/-/healthy").status_code == 200


@pytest.mark.parametrize(
    "beginning",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"],
    ids=["nothing", "a letter", "half a head", "half a body"],
)
def test_a_request_that_does_not_arrive_is_cut_off(beginning: bytes) -> None:
    with serving(**_SOON) as running, running.connect() as connection:
        connection.sendall(beginning)
        assert _is_cut_off(connection)
        assert running.refused("slow_request") == 1
        assert _still_serves(running)


def test_bytes_that_trickle_do_not_prolong_the_time() -> None:
    with serving(**_SOON) as running, running.connect() as connection, _trickling(connection):
        assert _is_cut_off(connection)
        assert running.refused("slow_request") == 1


@contextlib.contextmanager
def _trickling(connection: socket.socket) -> Iterator[None]:
    done = threading.Event()

    def trickle() -> None:
        with contextlib.suppress(OSError):
            while not done.wait(0.02):
                connection.sendall(b"a")

    connection.sendall(b"GET / HTTP/1.1\r\nX: ")
    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_the_second_request_of_a_connection_has_a_time_limit_too() -> None:
    with serving(**_SOON) as running, running.connect() as connection:
        assert _answers(connection)
        connection.sendall(_REQUEST[:10])
        assert _is_cut_off(connection)
        assert running.refused("slow_request") == 1


def test_a_connection_may_rest_between_two_requests() -> None:
    with serving(**_SOON) as running, running.connect() as connection, running.connect() as later:
        assert _answers(connection)
        later.sendall(_REQUEST[:10])
        assert _is_cut_off(later), "by now the first one has rested for as long"
        assert _answers(connection)


def test_a_response_that_is_not_taken_is_cut_off() -> None:
    with serving(text=b"x" * 30_000_000, **_SOON) as running, running.connect() as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: running.refused("slow_response") == 1, "the response is cut off")
        assert _is_cut_off(connection)
        assert _still_serves(running)


def test_a_response_that_takes_its_time_to_be_made_is_not_cut_off() -> None:
    go_on = threading.Event()

    async def streams(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.to_thread(go_on.wait, 30)
        await send({"type": "http.response.body", "body": b"last", "more_body": False})

    with (
        serving(app=streams, **_SOON) as running,
        httpx.stream("GET", running.url) as response,
        running.connect() as slow,
    ):
        parts = response.iter_raw()
        assert next(parts) == b"first"
        assert _is_cut_off(slow), "so the time of the one that streams would be over too"
        go_on.set()
        assert next(parts) == b"last"


def test_a_head_that_is_too_long_is_refused_whether_it_comes_at_once_or_not() -> None:
    with serving(max_header_bytes=2000) as running, running.connect() as unending:
        within = httpx.get(f"{running.url}/-/healthy", headers={"X-Long": "a" * 1500})
        beyond = httpx.get(f"{running.url}/-/healthy", headers={"X-Long": "a" * 2500})
        assert (within.status_code, beyond.status_code) == (200, 431)
        assert running.refused("bad_request") == 1
        unending.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 2500)
        assert unending.recv(65536).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert running.refused("bad_request") == 2


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n",
    ],
    ids=["TLS", "words", "no host", "two lengths"],
)
def test_what_is_no_http_is_refused(garbage: bytes) -> None:
    with serving() as running, running.connect() as connection:
        connection.sendall(garbage)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert running.refused("bad_request") == 1
        assert _still_serves(running)


def test_connections_beyond_the_limit_are_closed_at_once_and_room_is_made_again() -> None:
    with serving(max_connections=3) as running, contextlib.ExitStack() as stack:
        kept = [stack.enter_context(running.connect()) for _ in range(3)]
        for connection in kept:
            assert _answers(connection)
        with running.connect() as one_too_many:
            assert _is_cut_off(one_too_many)
        assert running.refused("too_many_connections") == 1
        assert _answers(kept[0]), "those that are open stay so"
        kept[1].close()
        eventually(lambda: _answers_anew(running), "a place is free")


def _answers_anew(running: Serving) -> bool:
    with running.connect() as connection:
        return _answers(connection)


def test_the_limit_holds_for_all_addresses_together() -> None:
    with (
        serving(max_connections=1, listen=["127.0.0.1:0", "127.0.0.2:0"]) as running,
        running.connect() as first,
    ):
        assert _answers(first)
        other = running.server.addresses[1].partition(":")
        with socket.create_connection((other[0], int(other[2])), timeout=10) as second:
            assert _is_cut_off(second)


def test_stopping_waits_for_no_client_that_rests_or_trickles() -> None:
    with serving() as running, running.connect() as resting, running.connect() as trickling:
        assert _answers(resting)
        trickling.sendall(b"GET ")
        running.server.stop()
        assert _is_cut_off(resting)
        assert _is_cut_off(trickling)
        with pytest.raises(ConnectionRefusedError):
            running.connect()
