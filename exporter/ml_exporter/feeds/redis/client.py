"""The client of Redis: one look at a stream at a time, its errors as those of a feed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.redis.settings import RedisFeedSettings

_PATIENCE = 5.0
"""Seconds that the server may take to answer."""

Entry = tuple[str, Mapping[bytes, bytes]]
"""Its id and its fields."""


@dataclass(frozen=True)
class Look:
    """A stream as it was at one moment, and the entries behind a position at the same one."""

    entries: list[Entry]
    length: int
    first: str | None
    """The id of the first entry that it holds."""

    newest: str
    """The last id that it gave."""

    added: int | None
    """How many entries were ever added; ``None``: the server does not tell."""


class Client:
    """Asks one server. Not safe for use by several threads at once."""

    def __init__(self, settings: RedisFeedSettings, folder: Path) -> None:
        """Prepare; nothing is asked yet.

        Args:
            settings: of the feed.
            folder: where relative paths start.

        Raises:
            FeedError: the file of the password cannot be read.
        """
        options: dict[str, Any] = {
            "socket_timeout": _PATIENCE,
            "socket_connect_timeout": _PATIENCE,
            "retry": Retry(NoBackoff(), 0),  # whoever reads tries again
            "client_name": f"ml-exporter-{settings.name}",
        }
        if settings.username is not None:
            options["username"] = settings.username
        if settings.password_file is not None:
            options["password"] = _secret(folder / settings.password_file)
        if settings.ca_file is not None:
            options["ssl_ca_certs"] = str(folder / settings.ca_file)
        self._redis = redis.Redis.from_url(str(settings.url), **options)

    def look(self, key: str, behind: str, most: int) -> Look | None:
        """Look at a stream, and take entries behind a position; ``None``: there is no such stream yet.

        Args:
            key: of the stream.
            behind: the id of the last entry that is known.
            most: so many entries at most.

        Raises:
            FeedError: the server does not answer as it should; the message says what to do.
        """
        with self._explained(key):
            both = self._redis.pipeline(transaction=True)  # at one moment: nothing is trimmed in between
            both.xinfo_stream(key)
            both.xread({key: behind}, count=most)
            said, read = both.execute(raise_on_error=False)
            for answer in (said, read):
                if isinstance(answer, Exception):
                    if "no such key" in str(answer):
                        return None
                    raise answer
        first = said["first-entry"]
        return Look(
            [(identifier.decode(), fields or {}) for identifier, fields in _entries(read)],
            said["length"],
            None if first is None else first[0].decode(),
            said["last-generated-id"].decode(),
            said.get("entries-added"),
        )

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except redis.exceptions.AuthenticationError as error:
            raise FeedError(f"{error}; correct `username` and `password_file`") from None
        except redis.exceptions.NoPermissionError as error:
            raise FeedError(f"stream {key}: {error}; let this user read it: +xread +xinfo|stream ~{key}") from None
        except redis.exceptions.BusyLoadingError:
            raise FeedError("the server still loads its data; it is asked again") from None
        except redis.exceptions.ConnectionError as error:
            raise FeedError(f"no Redis answers ({error}); start it, or correct `url`") from None
        except redis.exceptions.TimeoutError:
            raise FeedError(f"Redis does not answer in {_PATIENCE:g} seconds; it is asked again") from None
        except redis.exceptions.ResponseError as error:
            raise FeedError(f"stream {key}: {_meant(str(error))}") from None


def _meant(error: str) -> str:
    if error.startswith("WRONGTYPE"):
        return "the key holds no stream; correct `stream`"
    if error.startswith("MOVED"):
        return f"it lies on another node of the cluster ({error}); name that one in `url`"
    if "NOAUTH" in error or "WRONGPASS" in error:
        return f"{error}; correct `username` and `password_file`"
    return f"{error}; it is asked again"


def _entries(read: Any) -> list[tuple[bytes, Mapping[bytes, bytes] | None]]:
    """Return the entries of one stream, however the protocol's version arranges them."""
    streams = list(read.values()) if isinstance(read, dict) else [entries for _, entries in read or ()]
    if not streams:
        return []
    entries = streams[0]
    nested = bool(entries) and isinstance(entries[0], list)  # RESP3 wraps them once more
    return cast("list[tuple[bytes, Mapping[bytes, bytes] | None]]", entries[0] if nested else entries)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise FeedError(f"the password in {path} cannot be read; write it there, readable for this user") from None
