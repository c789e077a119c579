"""Connections to the database: one at a time, each transaction read-only and bounded in time where that can be said."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, make_url, text

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql.address import lacks_library
from ml_exporter.feeds.sql.settings import SqlFeedSettings

_LIBPQ = {"application_name": "ml-exporter", "connect_timeout": "10", "keepalives_idle": "30", "keepalives_count": "3"}
"""So that a host that is gone is noticed."""

_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 10_000


class Database:
    """A database that is connected to when it is needed; a connection that has died in between is replaced."""

    def __init__(self, settings: SqlFeedSettings, folder: Path) -> None:
        """Prepare to connect.

        Args:
            settings: the feed's.
            folder: where relative paths start.

        Raises:
            FeedError: a library or the file with the password is missing.
        """
        lacking = lacks_library(settings.url)
        if lacking:
            raise FeedError(f"the url of the database {lacking}")
        url = _with_password(make_url(settings.url), settings, folder)
        self.is_file = url.get_backend_name() == "sqlite"
        """Whether it is SQLite: whoever reads there for long keeps those who write waiting."""

        self.name = url.set(query={}).render_as_string(hide_password=True)
        """Where it is, without a password, for messages."""

        self._timeout = settings.statement_timeout.seconds
        self._engine = _engine(_in_folder(url, folder) if self.is_file else url)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Begin a transaction, and undo it: there is nothing to commit."""
        with self._engine.connect() as connection, connection.begin() as transaction:
            self._limit(connection)
            try:
                yield connection
            finally:
                transaction.rollback()

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def _limit(self, connection: Connection) -> None:
        """Have the transaction read only, and each statement end in time."""
        if self.is_file:
            _end_in_time(connection.connection.dbapi_connection, self._timeout)
        elif self._engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            milliseconds = str(max(1, round(self._timeout * 1000)))
            connection.execute(text("SELECT set_config('statement_timeout', :most, true)"), {"most": milliseconds})


def _end_in_time(sqlite: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    sqlite.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK)


def _engine(url: URL) -> Engine:
    libpq = url.get_driver_name() in ("psycopg", "psycopg2") and url.get_backend_name() == "postgresql"
    options: dict[str, Any] = {key: value for key, value in _LIBPQ.items() if libpq and key not in url.query}
    if libpq and url.get_driver_name() == "psycopg":
        options["prepare_threshold"] = None  # a pooler between may give each transaction another server
    return create_engine(
        url,
        connect_args=options,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _with_password(url: URL, settings: SqlFeedSettings, folder: Path) -> URL:
    if settings.password_file is None:
        return url
    file = folder / settings.password_file
    try:
        return url.set(password=file.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8"
        raise FeedError(
            f"the password file {file} cannot be read ({reason}); write it, and let this user read it"
        ) from None


def _in_folder(url: URL, folder: Path) -> URL:
    """Return the URL of an SQLite file that is opened to be read: one that is missing is not made."""
    if not url.database or url.database == ":memory:":
        raise FeedError("the url names no file that could be read; write sqlite:///file.db, or sqlite:////path/file.db")
    if url.database.startswith("file:"):
        return url
    path = quote(str(folder.resolve() / url.database))
    return url.set(database=f"file:{path}", query={**url.query, "mode": "ro", "uri": "true"})
