"""A stand-in for Slack on loopback: it takes what Alertmanager posts to a webhook, remembers it and writes it down."""

import html
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LINK = re.compile(r"<([^|>]+)\|([^>]+)>")
"""A link as Slack writes it: <address|text>."""


def _plain(text: str) -> str:
    """Return a text without Slack's escapes, which are those of HTML."""
    return html.unescape(text)


@dataclass(frozen=True)
class Message:
    """What was posted."""

    received: float
    """Seconds since the epoch."""

    payload: dict[str, Any]

    @property
    def title(self) -> str:
        """Return the first line."""
        return "; ".join(_plain(attachment.get("title", "")) for attachment in self._attachments)

    @property
    def text(self) -> str:
        """Return the message as Slack shows it: title, text (of a link, its text), fields."""
        lines = [self.title]
        lines += [_plain(_LINK.sub(r"\2", attachment.get("text", ""))).strip() for attachment in self._attachments]
        lines += [f"{name}: {value}" for name, value in self.fields.items()]
        return "\n".join(line for line in lines if line)

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields, title to value."""
        fields = [field for attachment in self._attachments for field in attachment.get("fields") or []]
        return {field["title"]: _plain(field["value"]) for field in fields}

    @property
    def links(self) -> dict[str, str]:
        """Return the links of the text: what they are called to where they lead."""
        found = [link for attachment in self._attachments for link in _LINK.findall(attachment.get("text", ""))]
        return {name: address for address, name in found}

    @property
    def _attachments(self) -> list[dict[str, Any]]:
        return list(self.payload.get("attachments") or [])


class SlackStandIn:
    """Listens, on loopback unless told otherwise, while its context lasts."""

    def __init__(
        self,
        log: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare a stand-in.

        Args:
            log: gets a line of JSON for each message.
            host: where to listen.
            port: likewise; 0: any that is free.
            say: is told each message as a text.
        """
        self.messages: list[Message] = []
        keep = self._keep
        self._log = log
        self._say = say

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                keep(Message(time.time(), json.loads(body)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
                """Stay silent: the display shows the messages."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="slack", daemon=True)

    @property
    def url(self) -> str:
        """Return the webhook's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/services/demo"

    def _keep(self, message: Message) -> None:
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps({"received": message.received, **message.payload}) + "\n")
        if self._say is not None:
            self._say(f"{message.text}\n")
        self.messages.append(message)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
