"""A stand-in for Slack on loopback: it takes what Alertmanager posts to a webhook, and remembers it."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Message:
    """What was posted."""

    received: float
    """Seconds since the epoch."""

    payload: dict[str, Any]

    @property
    def text(self) -> str:
        """Return the message as Slack would show it: title, text, fields."""
        lines = []
        for attachment in self.payload.get("attachments", []):
            lines += [attachment.get("title", ""), attachment.get("text", "").strip()]
            lines += [f"{field['title']}: {field['value']}" for field in attachment.get("fields", [])]
        return "\n".join(line for line in lines if line)


class SlackStandIn:
    """Listens on loopback while its context lasts."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                messages.append(Message(time.time(), json.loads(body)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
                """Stay silent: the display shows the messages."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="slack", daemon=True)

    @property
    def url(self) -> str:
        """Return the webhook's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/services/demo"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
