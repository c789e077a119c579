"""A real server for tests: on loopback, with a snapshot that the test writes."""

import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from ml_exporter.config import ServerSettings
from ml_exporter.feeds import Inboxes
from ml_exporter.server import HttpServer, Refusals, SnapshotHolder, make_app, without_file
from ml_exporter.server.web import Web
from ml_exporter.snapshot import Exposition, Observation, Samples, Snapshot
from ml_exporter.snapshot.render import OPENMETRICS_END

TEXT = b'# HELP ml_x_total An "x".\n# TYPE ml_x_total counter\nml_x_total{model_name="fraud"} 3.0\n'


def snapshot(text: bytes = TEXT) -> Snapshot:
    """Return a snapshot that shows a text; nothing else of it is looked at."""
    return Snapshot(
        0.0, Exposition.of(text), Exposition.of(_openmetrics(text), OPENMETRICS_END), cast("Observation", None)
    )


def _openmetrics(text: bytes) -> bytes:
    """Return a text of ours in OpenMetrics."""
    named = re.sub(rb"(?m)^# (HELP|TYPE) (\w+)_total ", rb"# \1 \2 ", text)
    return re.sub(rb"(?m)^# HELP .*", lambda line: line[0].replace(b'"', rb"\""), named)


@dataclass
class Serving:
    """A running server."""

    server: HttpServer
    holder: SnapshotHolder
    refusals: Refusals
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.server.urls[0]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def connect(self) -> socket.socket:
        """Return a connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def refused(self, reason: str) -> int:
        """Return how often it refused for that reason."""
        return dict(self.refusals.items())[reason]


def _nothing() -> Iterable[Samples]:
    return ()


@contextmanager
def serving(
    *,
    text: bytes | None = TEXT,
    at_scrape: Callable[[], Iterable[Samples]] = _nothing,
    web: Callable[[], Web] = without_file,
    app: Any = None,
    inboxes: Inboxes | None = None,
    **settings: object,
) -> Iterator[Serving]:
    """Run a server while the context lasts.

    Args:
        text: what its snapshot shows; ``None``: it has none yet.
        at_scrape: makes the families of a scrape.
        web: tells what the web configuration file says.
        app: an application of the test's own.
        inboxes: where what is sent is left.
        settings: those of the server.
    """
    holder = SnapshotHolder(snapshot(text) if text is not None else None)
    refusals = Refusals()
    chosen = ServerSettings.model_validate({"listen": ["127.0.0.1:0"], **settings})
    server = HttpServer(app or make_app(holder, at_scrape, refusals, inboxes=inboxes), chosen, web, refusals, inboxes)
    server.start()
    try:
        yield Serving(server, holder, refusals)
    finally:
        holder.end()
        server.stop()
