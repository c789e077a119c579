"""Stand-ins on loopback for what Alertmanager notifies: services that take JSON, and a mail server."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from ml_exporter.demo.processes import free_port


@dataclass(frozen=True)
class Posted:
    """A request that was posted."""

    path: str
    headers: dict[str, str]
    payload: Any


@dataclass
class Services:
    """What services were sent, and where they listen."""

    address: str = ""
    posted: list[Posted] = field(default_factory=list)

    def at(self, path: str) -> list[Posted]:
        """Return what was posted to a path."""
        return [request for request in list(self.posted) if request.path == path]


@contextmanager
def services() -> Iterator[Services]:
    """Listen for JSON while the context lasts."""
    seen = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.posted.append(Posted(self.path, dict(self.headers.items()), json.loads(body)))
            self.send_response(202)
            self.end_headers()
            self.wfile.write(
                b"ok" if self.path == "/slack" else b'{"status": "success", "message": "", "dedup_key": "x"}'
            )

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    seen.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What a mail server was given, and where it listens."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)


@contextmanager
def mail_server(ca_file: Path, user: str, password: str) -> Iterator[Mailbox]:
    """Take mail while the context lasts: encrypted, and from those who know the password.

    Args:
        ca_file: is written: the certificate to trust.
        user: the only one who may log in.
        password: of the user.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = _server_context(authority)
    box = Mailbox()

    class Handler:
        async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
            mail = message_from_bytes(envelope.content or b"", policy=default)
            box.mails.append(mail)  # type: ignore[arg-type]
            box.recipients.append(envelope.rcpt_tos)
            return "250 OK"

    def authenticate(*details: Any) -> AuthResult:
        given = details[-1]
        known = isinstance(given, LoginPassword) and given == LoginPassword(user.encode(), password.encode())
        return AuthResult(success=known)

    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        auth_exclude_mechanism=["LOGIN"],  # its challenges are not those that Alertmanager knows
        authenticator=authenticate,
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
