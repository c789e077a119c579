"""Any bytes at all: whatever arrives, the server goes on and says no more than HTTP does."""

import contextlib
import socket
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml_exporter.server.negotiation import encoding, prefers_openmetrics
from tests.server.page.fleets import fleet
from tests.server.serving import Serving, serving

_HEADERS = st.lists(
    st.sampled_from(
        ["Accept-Encoding: ", "Accept: ", "Authorization: Basic ", "Host: x", "Content-Length: ", "Transfer-Encoding: "]
    ).flatmap(lambda name: st.binary(max_size=20).map(lambda value: name.encode() + value)),
    max_size=4,
)
_ALMOST_HTTP = st.tuples(
    st.sampled_from([b"GET /metrics", b"HEAD /", b"POST /-/ready"]), st.binary(max_size=8), _HEADERS
).map(lambda parts: b"%b%b HTTP/1.1\r\n%b\r\n\r\n" % (parts[0], parts[1], b"\r\n".join(parts[2])))


@pytest.fixture(name="running", scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(read_timeout="100ms") as running:
        running.holder.snapshot = fleet(tmp_path_factory.mktemp("fleet"), 1)  # the page of one is asked for, too
        yield running


@settings(max_examples=60, deadline=None)
@given(sent=st.one_of(st.binary(max_size=200), _ALMOST_HTTP))
@example(sent=b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
def test_whatever_arrives_is_answered_as_http_or_not_at_all(running: Serving, sent: bytes) -> None:
    with running.connect() as connection, contextlib.suppress(ConnectionResetError):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
        assert b"Traceback" not in answer
        assert not answer.startswith(b"HTTP/1.1 500")
    assert httpx.get(f"{running.url}/-/healthy").status_code == 200


@given(header=st.text())
def test_no_header_is_too_strange_to_be_weighed(header: str) -> None:
    assert encoding(header) in {"zstd", "gzip", "identity"}
    assert prefers_openmetrics(header) in (True, False)
