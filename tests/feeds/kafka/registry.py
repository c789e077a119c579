"""A stand-in for a schema registry on loopback, and messages in its wire format."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import fastavro


class Registry:
    """Tells schemas by their numbers."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.status = 200
        """What it answers where it has the schema."""

        self.login: tuple[str, str] | None = None
        """Who may ask; ``None``: everybody."""

        self._said: dict[int, bytes] = {}

    def register(self, number: int, schema: Any, **more: Any) -> None:
        """Keep a schema under a number."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        self._said[number] = json.dumps({"schema": text, **more}).encode()

    def answer(self, path: str, authorization: str | None) -> tuple[int, bytes]:
        """Return status and body."""
        self.asked.append(path)
        if self.login is not None:
            wanted = base64.b64encode(":".join(self.login).encode()).decode()
            if authorization != f"Basic {wanted}":
                return 401, b"{}"
        body = self._said.get(int(path.rpartition("/")[2]))
        if body is None:
            return 404, b'{"error_code": 40403, "message": "Schema not found"}'
        return self.status, body


@contextmanager
def registry() -> Iterator[Registry]:
    """Serve while the context lasts."""
    kept = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = kept.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_values: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


def message(number: int, schema: Any, record: Any) -> bytes:
    """Return a record as a serializer sends it."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), record)
    return b"\0" + number.to_bytes(4, "big") + body.getvalue()
