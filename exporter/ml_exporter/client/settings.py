"""What a recorder is told: where the exporter is, how much is kept, how often it sends."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

URL_VARIABLE = "ML_EXPORTER_URL"
TOKEN_VARIABLE = "ML_EXPORTER_TOKEN"  # noqa: S105 - a name
PASSWORD_VARIABLE = "ML_EXPORTER_PASSWORD"  # noqa: S105 - a name
SPOOL_VARIABLE = "ML_EXPORTER_SPOOL"


@dataclass(frozen=True)
class Limits:
    """How much a recorder keeps, and how often it sends."""

    memory_events: int = 100_000
    """So many events wait in memory at most; past it the oldest are dropped, and counted."""

    memory_bytes: int = 64 * 1024 * 1024
    """So many bytes they take at most, what Python needs for each included."""

    spool_bytes: int = 256 * 1024 * 1024
    """So many bytes wait on disk at most, for each process; past it the oldest segment is dropped, and counted."""

    segment_bytes: int = 1024 * 1024
    """A segment of the spool that has grown to so much is closed."""

    batch_events: int = 2_000
    """So many events are sent in one request at most; as soon as so many wait, they are sent."""

    batch_bytes: int = 512 * 1024
    """So many bytes, before compression."""

    flush_every: float = 1.0
    """An event waits for others so many seconds at most before it is sent."""

    wait_for_room: float = 0.0
    """So many seconds a call waits where memory is full, before the oldest event is dropped. 0 suits a service, which
    must not wait; a batch job that may, and that must not lose anything, sets more."""

    def __post_init__(self) -> None:
        least = min(self.memory_events, self.memory_bytes, self.spool_bytes, self.segment_bytes)
        if min(least, self.batch_events, self.batch_bytes) < 1 or self.flush_every <= 0 or self.wait_for_room < 0:
            raise ValueError(f"limits must be more than 0 (wait_for_room may be 0): {self}")


@dataclass(frozen=True)
class Connection:
    """Where the exporter is, and how to be let in."""

    url: str
    """Its address, as ``https://exporter:9877``; the path of the feed is added."""

    token_file: Path | None = None
    """A file with a bearer token, read again for each request: it may be replaced at any time."""

    username: str | None = None
    """A name for basic authentication."""

    password_file: Path | None = None
    """A file with its password, read again for each request."""

    ca_file: Path | None = None
    """Authorities that the exporter's certificate may come from; without it, those of the machine."""

    certificate_file: Path | None = None
    """The recorder's own certificate, where the exporter asks for one."""

    key_file: Path | None = None
    """Its key."""

    timeout: float = 5.0
    """So many seconds the exporter may be silent before a request is given up."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{self.url!r} is no address of an exporter; write one like http://exporter:9877")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a password has no place in the address; use username and password_file")
        if parts.query or parts.fragment:
            raise ValueError(f"{self.url!r} has a query; write the address alone, like http://exporter:9877")
        _ = parts.port  # raises where it is no number
        if self.timeout <= 0:
            raise ValueError(f"timeout must be more than 0 seconds: {self.timeout}")


@dataclass(frozen=True)
class Settings:
    """All that decides how a recorder delivers."""

    connection: Connection
    limits: Limits
    spool: Path | None
    """The folder where events wait while the exporter is away; ``None``: they wait in memory alone."""

    fsync: bool
    """Whether what is spooled must survive a power cut at once."""

    write_ahead: bool
    """Whether each batch is spooled before it is sent."""


def from_environment(name: str) -> str | None:
    """Return an environment variable; ``None`` where it is missing or empty."""
    return os.environ.get(name) or None
