"""A stand-in for the exporter's feed over HTTP: a real server on loopback that does what a test tells it to."""

import gzip
import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ml_exporter.client import Recorder
from tests.stack.waiting import eventually

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What was posted."""

    path: str
    headers: dict[str, str]
    events: list[Event]


@dataclass
class Said:
    """An answer that a test wants given."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    takes: bool = False
    """Whether the events are taken in though the answer says otherwise, as where it is lost."""

    cuts: bool = False
    """Whether the connection is cut instead of an answer."""


class FarEnd:
    """Takes events in once each, by kind and id, as the exporter does."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.taken: dict[str, dict[str, Event]] = {"predictions": {}, "labels": {}}
        self.next: deque[Said] = deque()
        """What to answer to the next requests; then 202."""

        self.judge: Callable[[Request], Said | None] = lambda _request: None
        """What to answer, where nothing stands in ``next``; ``None``: 202."""

        self.rejects: Callable[[Event], str | None] = lambda _event: None
        """The reason for which an event is rejected."""

        self.url = ""
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Said:
        """Take a request in."""
        with self._lock:
            self.requests.append(request)
            said = self.next.popleft() if self.next else self.judge(request)
            if said is not None and not said.takes:
                return said
            counts = self._take(request.path.rpartition("/")[2], request.events)
            return said or Said(202, body=json.dumps(counts).encode())

    def _take(self, kind: str, events: list[Event]) -> dict[str, Any]:
        taken = self.taken[kind]
        duplicate, rejections = 0, []
        for index, event in enumerate(events):
            if (reason := self.rejects(event)) is not None:
                rejections.append({"index": index, "reason": reason, "detail": "it is not liked"})
            elif event["prediction_id"] in taken:
                duplicate += 1
            else:
                taken[event["prediction_id"]] = event
        rejected = len(rejections)
        accepted = len(events) - duplicate - rejected
        return {"accepted": accepted, "duplicate": duplicate, "rejected": rejected, "rejections": rejections}

    @property
    def predictions(self) -> list[Event]:
        """Return the predictions that were taken in, in their order."""
        return list(self.taken["predictions"].values())

    @property
    def labels(self) -> list[Event]:
        """Return the labels that were taken in, in their order."""
        return list(self.taken["labels"].values())


@contextmanager
def far_end(context: ssl.SSLContext | None = None) -> Iterator[FarEnd]:
    """Serve while the context lasts; over TLS where a context says how."""
    end = FarEnd()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the head and the body of an answer are two packets

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            events = [json.loads(line) for line in body.splitlines()]
            said = end.answer(Request(self.path, dict(self.headers), events))
            if said.cuts:
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_values: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_values: None  # type: ignore[method-assign] # clients that it refuses are meant
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        end.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield end
        finally:
            server.shutdown()
            thread.join()


def all_sent(recorder: Recorder) -> None:
    """Wait until the exporter has everything."""
    eventually(lambda: recorder.flush(0.1), "the exporter has everything")
