"""Databases that refuse, vanish and come back: each failure says what to do, and nothing is lost or read twice."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from ml_exporter.feeds import FeedContext, FeedError, FeedReader
from ml_exporter.feeds import reader as reader_module
from ml_exporter.feeds.sql import FEED
from tests.feeds.builders import context, ids
from tests.feeds.sql.builders import BY_ID, Opened, Source, by_id, settings
from tests.feeds.sql.databases import Database, PostgresServer, sqlite_file


def refusal(source: Source) -> str:
    """Return what the feed's error says."""
    with pytest.raises(FeedError) as raised:
        source.settle()
    return str(raised.value)


def test_a_table_that_is_missing_is_named(database: Database, opened: Opened) -> None:
    message = refusal(opened(database, table="predicted"))
    assert "predicted" in message
    assert message.endswith("make it, or correct `table`; a table of another schema is schema.name")


def test_a_cursor_that_is_missing_is_named_with_the_columns_that_there_are(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    message = refusal(opened(database, cursor="ids"))
    assert message == (
        "there is no column ids, only id, prediction_id, timestamp, prediction; did you mean id? correct `cursor`,"
        " `fields` or the query"
    )


def test_a_query_that_is_no_sql_is_told(database: Database, opened: Opened) -> None:
    assert "correct `query`: one SELECT, which works in brackets" in refusal(opened(database, query="SELEC 1"))


def test_two_columns_of_one_name_are_told(postgres: Database, opened: Opened) -> None:
    query = "SELECT 1 AS id, 'a' AS prediction_id, 'b' AS prediction_id, 1.6e9 AS timestamp, 1 AS prediction"
    assert "two columns prediction_id; name each otherwise" in refusal(opened(postgres, query=query))


def test_a_user_without_rights_is_told_what_to_grant(postgres: Database, opened: Opened) -> None:
    postgres.run(BY_ID, "CREATE ROLE reader LOGIN")
    postgres.insert("predictions", by_id(1))
    source = opened(Database(postgres.url.replace("//postgres@", "//reader@"), "postgresql"))
    try:
        message = refusal(source)
        assert "permission denied for table predictions" in message
        assert message.endswith("let the user read it: GRANT SELECT ON predictions TO ...")
        postgres.run("GRANT SELECT ON predictions TO reader")
        source.reopen()
        assert source.settle() == ["p1"]
    finally:
        postgres.run("DROP OWNED BY reader", "DROP ROLE reader")


def test_a_user_that_there_is_not_is_told(postgres: Database, opened: Opened) -> None:
    message = refusal(opened(Database(postgres.url.replace("//postgres@", "//nobody@"), "postgresql")))
    assert 'role "nobody" does not exist' in message
    assert message.endswith("correct the user in `url`, and the password")


def test_a_database_that_there_is_not_is_told(postgres: Database, opened: Opened, tmp_path: Path) -> None:
    unknown = Database(postgres.url.replace("/events_", "/no_events_"), "postgresql")
    for database in (unknown, sqlite_file(tmp_path / "no.db")):
        assert refusal(opened(database)).endswith("correct the name of the database in `url`")


def test_a_file_that_is_missing_is_not_made(opened: Opened, tmp_path: Path) -> None:
    assert f"sqlite:///{tmp_path}/no.db: unable to open" in refusal(opened(sqlite_file(tmp_path / "no.db")))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told_without_a_password(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush!\n")
    url = f"postgresql+psycopg://me@/shop?host={tmp_path}"
    message = refusal(opened(Database(url, "postgresql"), password_file=str(tmp_path / "password")))
    assert message.startswith("postgresql+psycopg://me:***@/shop: ")
    assert message.endswith(
        "see that the database runs and can be reached, and that `url` is right; reading goes on where it stood"
    )
    assert "hush" not in message


def test_a_password_file_that_is_missing_is_told(tmp_path: Path) -> None:
    own = settings("postgresql+psycopg://me@/shop", password_file="secret")  # noqa: S106 - its name
    with pytest.raises(FeedError, match=r"the password file .*/secret cannot be read \(No such file or directory\)"):
        Source(own, tmp_path)


_ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000)"
    " SELECT max(i) AS id, 'a' AS prediction_id, 1.6e9 AS timestamp, 1 AS prediction FROM n"
)


def test_a_query_that_takes_too_long_is_ended(database: Database, opened: Opened) -> None:
    message = refusal(opened(database, query=_ENDLESS, statement_timeout="50ms"))
    assert message.endswith("it took longer than statement_timeout (50ms): make an index over (id), or raise it")


def test_nothing_can_be_written(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database)
    assert source.settle() == ["p1"]
    with pytest.raises(sa.exc.DBAPIError, match=r"read-only|readonly"), source.feed._database.transaction() as one:  # type: ignore[attr-defined]
        one.execute(sa.text("DELETE FROM predictions"))
    assert source.settle() == []


def test_a_connection_that_died_between_two_looks_is_replaced(postgres: Database, opened: Opened) -> None:
    postgres.run(BY_ID)
    postgres.insert("predictions", by_id(1))
    source = opened(postgres)
    assert source.settle() == ["p1"]
    terminate(postgres)
    postgres.insert("predictions", by_id(2))
    assert source.settle() == ["p2"]


def terminate(postgres: Database) -> None:
    """End the exporter's connections, as an administrator would."""
    ended = postgres.rows(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'ml-exporter' AND datname = current_database()"
    )
    assert ended == [(True,)]


@pytest.mark.parametrize("how", ["terminated", "restarted"])
def test_a_connection_that_dies_among_rows_costs_nothing(
    postgres_server: PostgresServer, postgres: Database, opened: Opened, how: str
) -> None:
    postgres.run(BY_ID)
    postgres.insert("predictions", *map(by_id, range(1, 101)))
    source = opened(postgres, batch_rows=10)
    source.drain()
    source.clock.advance(40)
    source.step()
    assert source.read == [f"p{number}" for number in range(1, 11)]
    if how == "terminated":
        terminate(postgres)
    else:
        postgres_server.stop()
        postgres_server.start()
    with pytest.raises(FeedError, match="see that the database runs and can be reached"):
        source.drain()
    source.reopen()
    source.settle()
    assert source.read == [f"p{number}" for number in range(1, 101)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failures be tried again at once."""
    monkeypatch.setattr(reader_module, "_SHORTEST_RETRY", 0.01)


@pytest.mark.usefixtures("impatient")
def test_the_reader_counts_and_goes_on_when_the_server_is_back(
    postgres_server: PostgresServer, postgres: Database
) -> None:
    postgres.run(BY_ID)
    postgres.insert("predictions", by_id(1))
    wake, own = threading.Event(), settings(postgres.url, lag="1ms", every="1ms")
    with capture_logs() as logs:
        reader = FeedReader(FEED, own, ticking(), None, wake, idle=0.01)
        try:
            assert list(arrived(reader, wake)) == ["p1"]
            postgres_server.stop()
            while reader.last_error is None:
                threading.Event().wait(0.01)
            postgres_server.start()
            postgres.insert("predictions", by_id(2))
            assert list(arrived(reader, wake)) == ["p2"]
            assert reader.errors > 0
        finally:
            reader.stop(10.0)
    events = [entry["event"] for entry in logs]
    assert events[0] == "feed failed"
    assert "feed works again" in events
    assert "see that the database runs" in logs[0]["error"]


class _Ticking:
    """A clock that goes on by a second whenever somebody looks at it."""

    def __init__(self) -> None:
        self._at = context().clock.now()

    def now(self) -> float:
        self._at += 1.0
        return self._at


def ticking() -> FeedContext:
    """Return what a feed needs, with a clock on which no lag lasts."""
    given = context()
    return FeedContext(given.folder, given.models, _Ticking())


def arrived(reader: FeedReader, wake: threading.Event) -> Iterator[str]:
    """Wait for a batch, and yield the ids in it."""
    batch: Any = None
    while batch is None:
        assert wake.wait(20)
        wake.clear()
        batch = reader.take()
    yield from ids(batch.events)
