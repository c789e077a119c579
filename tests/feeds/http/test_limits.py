"""What is too large, too much, or nothing that is read here is refused as a whole, counted, and loses nothing else."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
import zstandard

from ml_exporter.feeds import Inboxes
from ml_exporter.feeds.http import HttpFeed, HttpFeedSettings
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import daemon as daemon_module
from tests.feeds.builders import context
from tests.feeds.http.receiving import Receiving, as_lines, configured, feed, prediction, receiving
from tests.server.serving import Serving, serving
from tests.stack.waiting import eventually

LINES = "application/x-ndjson"
SMALL = 100_000
"""Bytes that a request may have here."""


@pytest.fixture(scope="module", name="to")
def _to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiving]:
    limited = feed(max_request_bytes=SMALL, max_request_events=50)
    with receiving(tmp_path_factory.mktemp("exporter"), configured(limited)) as running:
        yield running


def _refused(to: Receiving, answer: httpx.Response, status: int, reason: str) -> str:
    """Return the message of a refusal that is counted."""
    assert answer.status_code == status, answer.text
    assert to.metrics().one("ml_exporter_http_refused_total", reason=reason) > 0
    assert to.metrics().one("ml_exporter_http_queued_requests") == 0
    assert to.metrics().one("ml_exporter_http_queued_bytes") == 0
    assert to.send([prediction("sound")]).status_code == 202
    return str(answer.json()["error"])


@pytest.mark.parametrize(
    ("content", "media_type", "told"),
    [
        (b"[1, 2", "application/json", "the body is no JSON"),
        (b"nonsense", "application/json", "the body is neither an array of objects nor an object"),
        (b"", "application/json", "the body is neither"),
        (b"[1]", "application/vnd.ml-exporter.columns+json", "the body is no JSON object of arrays"),
        (b'{"a": 1}', "application/vnd.ml-exporter.columns+json", "the body is no JSON object of arrays"),
        (b'{"a": [1], "b": [1, 2]}', "application/vnd.ml-exporter.columns+json", "'b' has 2 values and 'a' has 1"),
        (b"[" * 50_000, "application/json", "the body is no JSON"),
        (b"[" * 40_000 + b"NaN" + b"]" * 40_000, "application/json", "the body is no JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(to: Receiving, content: bytes, media_type: str, told: str) -> None:
    assert told in _refused(to, to.send(content, media_type=media_type), 400, "bad_body")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("content", [b"nonsense", b"", gzip.compress(b"[]")[:-9], zstandard.compress(b"x" * 999)[:9]])
def test_a_body_that_is_not_packed_as_it_says_is_refused(to: Receiving, encoding: str, content: bytes) -> None:
    answer = to.send(content, content_encoding=encoding)
    _refused(to, answer, 400, "bad_body")


@pytest.mark.parametrize(
    ("media_type", "encoding"),
    [("text/plain", "identity"), ("", "identity"), ("application/x-protobuf", "gzip"), ("application/json", "br")],
)
def test_a_body_of_another_kind_is_refused(to: Receiving, media_type: str, encoding: str) -> None:
    answer = to.send(
        gzip.compress(b"[]") if encoding == "gzip" else b"[]", media_type=media_type, content_encoding=encoding
    )
    assert "send" in _refused(to, answer, 415, "unsupported_body")


@pytest.mark.parametrize(
    "send",
    [
        lambda to: to.send(b" " * (SMALL + 1)),
        lambda to: to.send(gzip.compress(b" " * (SMALL + 1)), content_encoding="gzip"),
        lambda to: to.send(zstandard.compress(b" " * (SMALL + 1)), content_encoding="zstd"),
        lambda to: to.send([0] * 51),
        lambda to: to.send(b"[" + b"0," * 30_000 + b"0]"),
        lambda to: to.send(as_lines([{}] * 51), media_type=LINES),
        lambda to: to.send(b"\n" * 101, media_type=LINES),
        lambda to: to.send_columns([prediction(row) for row in range(51)]),
    ],
)
def test_a_body_that_is_too_large_in_bytes_or_in_events_is_refused(to: Receiving, send: object) -> None:
    assert callable(send)
    assert "send" in _refused(to, send(to), 413, "too_large")


def test_a_body_whose_length_is_not_told_is_cut_off_where_it_is_too_large(to: Receiving) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    answer = to.client.post("/api/v1/predictions", content=endless(), headers={"Content-Type": "application/json"})
    _refused(to, answer, 413, "too_large")


def test_a_client_that_asks_first_need_not_send_a_body_that_is_too_large(to: Receiving) -> None:
    address = to.client.base_url
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        head = ["POST /api/v1/predictions HTTP/1.1", "Host: x", f"Content-Length: {SMALL + 1}", "Expect: 100-continue"]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_behind(to: Receiving) -> None:
    address = to.client.base_url
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        connection.sendall(b"POST /api/v1/predictions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n[{")
        eventually(lambda: to.inboxes.all()[0].bytes == 2, "the beginning is there")
    eventually(lambda: to.inboxes.all()[0].bytes == to.inboxes.all()[0].requests == 0, "it is forgotten")


def test_other_methods_and_paths_of_nobody_are_told_apart(to: Receiving) -> None:
    assert (
        to.client.get("/api/v1/predictions").status_code,
        to.client.get("/api/v1/predictions").headers["allow"],
    ) == (
        405,
        "POST",
    )
    assert to.client.post("/api/v1/summary").headers["allow"] == "GET"
    for path in ("nothing", "labels", "predictions/", "predictions/more"):
        assert to.send([prediction("lost")], path).status_code == 404


def test_a_page_of_another_site_may_not_have_its_readers_browser_send(to: Receiving) -> None:
    _refused(to, to.send([prediction("forged")], origin="https://evil.example"), 403, "forbidden")


@contextmanager
def _nobody_takes(**options: object) -> Iterator[tuple[Serving, HttpFeed]]:
    """Serve a feed whose inbox nobody empties."""
    inboxes = Inboxes()
    settings = HttpFeedSettings.model_validate(feed(**options))
    inboxes.expect([settings])
    with serving(inboxes=inboxes) as running:
        opened = HttpFeed(settings, context(inboxes=inboxes))
        try:
            yield running, opened
        finally:
            opened.close()


def _post(to: Serving, answers: list[httpx.Response], content: bytes = b"[{}]") -> threading.Thread:
    """Send in a thread."""

    def run() -> None:
        headers = {"Content-Type": "application/json"}
        answers.append(httpx.post(f"{to.url}/api/v1/predictions", content=content, headers=headers, timeout=30))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"max_queued_requests": 2}, b"[{}]"),
        ({"max_queued_bytes": 2500, "max_request_bytes": 1024}, b"[{}" + b" " * 996 + b"]"),
    ],
)
def test_what_finds_no_room_is_told_to_come_again_soon(options: dict[str, int], content: bytes) -> None:
    answers: list[httpx.Response] = []
    with _nobody_takes(**options) as (to, opened):
        waiting = [_post(to, answers, content) for _ in range(2)]
        eventually(lambda: opened.inbox.bytes == 2 * len(content), "two wait")
        _post(to, answers, content).join()
        assert (answers[0].status_code, answers[0].headers["retry-after"]) == (429, "1")
        assert to.refused("queue_full") == 1
        opened.close()
        for thread in waiting:
            thread.join()
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers[1:]] == [(503, "5")] * 2
    assert to.refused("unavailable") == 2


def test_what_is_not_durable_in_time_is_told_to_come_again() -> None:
    answers: list[httpx.Response] = []
    with _nobody_takes(answer_within="1s") as (to, opened):
        _post(to, answers).join()
        assert (answers[0].status_code, answers[0].headers["retry-after"]) == (503, "5")
        assert opened.inbox.requests == 1, "it is still to be taken in"


def test_a_feed_that_is_not_open_yet_is_no_path_of_nobody() -> None:
    inboxes = Inboxes([HttpFeedSettings.model_validate(feed())])
    answers: list[httpx.Response] = []
    with serving(inboxes=inboxes) as to:
        _post(to, answers).join()
    assert answers[0].status_code == 503


def test_while_the_store_fails_nothing_is_acknowledged_and_afterwards_each_event_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_module, "_RETRY_SECONDS", 0.05)
    with receiving(tmp_path, configured(feed(answer_within="1s"))) as to:
        transaction, healed = to.ledger.transaction, threading.Event()

        def failing(*, acknowledged: bool = False) -> AbstractContextManager[None]:
            if acknowledged and not healed.is_set():
                raise StoreError("the disk is full; make room")
            return transaction(acknowledged=acknowledged)

        monkeypatch.setattr(to.ledger, "transaction", failing)
        assert to.send([prediction("a")]).status_code == 503
        healed.set()
        eventually(lambda: to.send([prediction("a"), prediction("b")]).status_code == 202, "the store works again")
        to.shows("ml_predictions_total", 2)
