"""Databases for the tests: SQLite files, and a real PostgreSQL that runs while they do."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.sql.builders import Opened, Source, settings
from tests.feeds.sql.databases import Database, PostgresServer, sqlite_file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # the path of a socket must be short
    server = PostgresServer(folder / "data")
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    with postgres_server.database() as database:
        yield database


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = sqlite_file(tmp_path / "events.db")
    database.run("PRAGMA user_version = 1")  # so that there is a file
    return database


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database of each kind that is tested."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens feeds over a database, and closes them."""
    sources: list[Source] = []

    def opened(database: Database, **options: Any) -> Source:
        sources.append(Source(settings(database.url, **options)))
        return sources[-1]

    yield opened
    for source in sources:
        source.feed.close()
