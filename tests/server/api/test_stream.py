"""/api/v1/stream: an event at each tick, for so many clients, cut off where they are slow, over when the server is."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ml_exporter.snapshot import Snapshot
from tests.server.api.snapshots import snapshot_of, with_breaches
from tests.server.exporter import configure, exporter
from tests.server.serving import Serving, serving
from tests.stack.waiting import eventually

_ASKED = b"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module", name="snapshot")
def _snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(tmp_path_factory.mktemp("store"), server={"max_streams": 2})


@contextmanager
def _listening(url: str) -> Iterator[Iterator[str]]:
    """Listen to a stream: its lines."""
    with (
        httpx.Client(timeout=30) as client,
        client.stream("GET", f"{url}/api/v1/stream") as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield response.iter_lines()


def _next_event(lines: Iterator[str]) -> dict[str, str]:
    """Return the fields of the next event that has data."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line and "data" in fields:
            return fields
        name, _, value = line.partition(": ")
        fields[name] = value
    raise AssertionError("the stream has ended")


def test_there_is_an_event_at_once_and_one_at_each_tick(snapshot: Snapshot) -> None:
    with serving() as running:
        running.holder.snapshot = snapshot
        with _listening(running.url) as lines:
            first = _next_event(lines)
            assert (first["event"], first["id"]) == ("tick", repr(snapshot.at))
            assert json.loads(first["data"]) == {"at": snapshot.at, "degraded": [], "breached": []}
            running.holder.snapshot = with_breaches(snapshot, 1, at=snapshot.at + 15)
            second = json.loads(_next_event(lines)["data"])
    assert second["at"] == snapshot.at + 15
    assert second["breached"] == [{"model_name": "fraud", "model_version": "v0", "metric": "accuracy"}]


def test_clients_beyond_the_limit_are_sent_away_and_room_is_made_again(snapshot: Snapshot) -> None:
    with serving() as running:
        running.holder.snapshot = snapshot
        with _listening(running.url) as one, _listening(running.url) as other:
            _next_event(one)
            _next_event(other)
            answer = httpx.get(f"{running.url}/api/v1/stream")
            assert answer.status_code == 503
            assert "2 clients listen already (server.max_streams)" in answer.json()["error"]
            assert running.refused("too_many_streams") == 1
        eventually(lambda: httpx.head(f"{running.url}/api/v1/stream").status_code == 200, "there is room again")


def test_a_client_that_takes_nothing_is_cut_off(snapshot: Snapshot) -> None:
    large = with_breaches(snapshot, 100, model="m" * 10_000)
    with serving(write_timeout="200ms") as running, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", running.port))
        running.holder.snapshot = large
        connection.sendall(_ASKED)
        eventually(lambda: _tick_again(running, large), "the client is cut off")
        assert httpx.get(f"{running.url}/-/healthy").status_code == 200


def _tick_again(running: Serving, snapshot: Snapshot) -> bool:
    running.holder.snapshot = with_breaches(snapshot, 100, model="m" * 10_000)
    return running.refused("slow_response") == 1


def test_a_scrape_is_answered_while_clients_listen(snapshot: Snapshot) -> None:
    with serving() as running:
        running.holder.snapshot = snapshot
        with _listening(running.url) as lines:
            _next_event(lines)
            assert b"ml_accuracy_ratio" in httpx.get(f"{running.url}/metrics").content


def test_a_stream_ends_with_the_server(snapshot: Snapshot) -> None:
    ended = threading.Event()

    def listen(url: str) -> None:
        with _listening(url) as lines:
            heard.set()
            assert list(lines)
        ended.set()

    heard = threading.Event()
    with serving() as running:
        running.holder.snapshot = snapshot
        listener = threading.Thread(target=listen, args=(running.url,))
        listener.start()
        assert heard.wait(30)
    listener.join(30)
    assert ended.is_set(), "in order: a connection that breaks would have failed"


def test_sigterm_ends_the_process_in_time_while_somebody_listens(tmp_path: Path) -> None:
    with exporter(configure(tmp_path)) as running:
        url = running.url
        eventually(lambda: httpx.get(f"{url}/-/ready").status_code == 200, "it is ready")
        with _listening(url) as lines:
            _next_event(lines)
            _next_event(lines)  # it ticks each second
            assert "No predictions yet" in httpx.get(url).text
            assert running.end() == 0
            list(lines)  # to its end, in order: a connection that breaks would raise
        assert "level=error" not in running.log
