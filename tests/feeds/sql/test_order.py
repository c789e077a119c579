"""Cursors of several columns and of every type: what comes later is beyond what came before."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.sql import FEED, reading
from tests.feeds.builders import NOW
from tests.feeds.sql.builders import BY_ID, EARLIER, Opened, Source, by_id, moment
from tests.feeds.sql.databases import Database

_COLUMNS = "prediction_id TEXT, timestamp FLOAT, prediction INTEGER"


def keyed(column_type: str, database: Database, *values: Any) -> None:
    """Make a table whose cursor is of a type, with a prediction for each value, in the order given."""
    database.run(f"CREATE TABLE predictions (at {column_type}, {_COLUMNS})")
    rows = [{"at": value, **without_id(number)} for number, value in enumerate(values)]
    database.insert("predictions", *rows)


def one_batch(source: Source) -> None:
    """Read one batch, in one look or two, and open the feed anew."""
    if source.step() is None:
        source.clock.advance(40)
        source.step()
    source.reopen()


def without_id(number: int) -> dict[str, Any]:
    return {name: value for name, value in by_id(number).items() if name != "id"}


@pytest.mark.parametrize(
    ("column_type", "values"),
    [
        ("BIGINT", [2**62, 2**62 + 1, 2**62 + 2]),
        ("NUMERIC(30, 6)", [Decimal("1.000001"), Decimal("1.000002"), Decimal("12345678901234567890.000001")]),
        ("TEXT", ["01HV-a", "01HV-b", "01HW' OR 1=1 --"]),
        ("UUID", [UUID(int=1), UUID(int=2), UUID(int=2**100)]),
        ("BYTEA", [b"\x00\x01", b"\x00\xff", b"\x01"]),
        ("DATE", [dt.date(2023, 11, 1), dt.date(2023, 11, 2), dt.date(2023, 11, 3)]),
        ("TIMESTAMPTZ", [moment(EARLIER), moment(EARLIER + 0.000001), moment(EARLIER + 0.000002)]),
        ("TIMESTAMP", [moment(EARLIER + step).replace(tzinfo=None) for step in (0, 0.000001, 1)]),
    ],
)
def test_every_type_that_has_an_order_goes_on_where_it_stood(
    postgres: Database, opened: Opened, column_type: str, values: list[Any]
) -> None:
    """One row a batch, each read by a feed that was opened anew: all comes of the stored position."""
    keyed(column_type, postgres, *values)
    source = opened(postgres, cursor="at", batch_rows=1)
    for number in range(3):
        one_batch(source)
        assert source.read == [f"p{one}" for one in range(number + 1)]
    assert source.settle() == []


@pytest.mark.parametrize("values", [[1, 20, 300], ["2023-11-01 00:00:00", "2023-11-01 00:00:01", "2023-11-02"]])
def test_sqlite_compares_what_is_there_whatever_the_column_says(
    sqlite: Database, opened: Opened, values: list[Any]
) -> None:
    keyed("", sqlite, *values)
    source = opened(sqlite, cursor="at", batch_rows=1)
    assert source.settle() == ["p0", "p1", "p2"]
    source.reopen()
    assert source.settle() == []


def test_two_columns_are_compared_as_rows_are(database: Database, opened: Opened) -> None:
    database.run(f"CREATE TABLE predictions (part INTEGER, number INTEGER, {_COLUMNS})")
    keys = [(part, number) for part in (1, 2, 3) for number in (5, 6, 7)]
    rows = [without_id(place) | {"part": part, "number": number} for place, (part, number) in enumerate(keys)]
    database.insert("predictions", *reversed(rows))
    source = opened(database, cursor=["part", "number"], batch_rows=2)
    for _ in keys:
        one_batch(source)
    assert source.read == [f"p{place}" for place in range(9)]


def test_rows_of_one_moment_are_told_apart_by_the_second_column(postgres: Database, opened: Opened) -> None:
    postgres.run(f"CREATE TABLE predictions (updated_at TIMESTAMPTZ, id BIGINT, {_COLUMNS})")
    rows = [by_id(number) | {"updated_at": moment(EARLIER)} for number in range(1, 8)]
    postgres.insert("predictions", *rows)
    source = opened(postgres, cursor=["updated_at", "id"], batch_rows=2)
    assert source.drain() == [f"p{number}" for number in range(1, 8)]
    assert FEED.where is not None
    assert source.position is not None
    assert FEED.where(source.position) == "updated_at=2023-11-14T21:13:20+00:00, id=7"


def test_moments_of_the_hour_that_a_zone_has_twice_are_kept_apart(postgres: Database, opened: Opened) -> None:
    """Their wall times are equal, so Python would call them so, too."""
    fold = dt.datetime(2023, 10, 29, 0, 30, tzinfo=dt.UTC)
    keyed("TIMESTAMPTZ", postgres, fold, fold + dt.timedelta(hours=1))
    postgres.run("ALTER ROLE postgres SET timezone = 'Europe/Paris'")
    try:
        source = opened(postgres, cursor="at", batch_rows=1)
        assert source.drain() == ["p0", "p1"]
        assert source.position is not None
        assert b"2023-10-29T01:30:00+00:00" in source.position
    finally:
        postgres.run("ALTER ROLE postgres RESET timezone")


def test_times_without_a_zone_are_taken_for_utc(postgres: Database, opened: Opened) -> None:
    keyed("TIMESTAMP", postgres, *(moment(NOW + seconds).replace(tzinfo=None) for seconds in (-31, -30, -29)))
    source = opened(postgres, cursor="at")
    assert source.drain() == ["p0", "p1"]
    assert source.later(1) == ["p2"]


def test_a_day_is_read_when_it_is_over(postgres: Database, opened: Opened) -> None:
    today = dt.datetime.fromtimestamp(NOW, dt.UTC).date()
    keyed("DATE", postgres, today - dt.timedelta(days=1), today)
    source = opened(postgres, cursor="at")
    assert source.drain() == ["p0"]
    assert source.later(86_400) == ["p1"]


@pytest.mark.parametrize("column_type", ["FLOAT", "BOOLEAN"])
def test_a_cursor_that_keeps_no_order_is_refused(postgres: Database, opened: Opened, column_type: str) -> None:
    keyed(column_type, postgres, True if column_type == "BOOLEAN" else 0.1)
    with pytest.raises(FeedError, match=r"the cursor column at is .* no order can be kept by it; cast it in the query"):
        opened(postgres, cursor="at").settle()


def test_a_column_of_several_types_is_told(sqlite: Database, opened: Opened) -> None:
    keyed("", sqlite, 1, 2, "three")
    source = opened(sqlite, cursor="at")
    with pytest.raises(FeedError, match=r"the cursor column at is now text \('three'\) and was integer \(1\)"):
        source.settle()


def test_a_value_that_the_database_holds_finer_than_it_gives_is_told(
    sqlite: Database, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the last row would be found beyond itself for ever. Nanoseconds are so; here it is the last digit."""
    sqlite.run(BY_ID)
    sqlite.insert("predictions", by_id(10), by_id(25))
    monkeypatch.setattr(reading, "key_of", lambda _, values: (values[0] // 10 * 10,))
    source = opened(sqlite)
    assert source.settle() == ["p10", "p25"]
    with pytest.raises(FeedError, match=r"the row id=20 comes again and again: .* cast the column to microseconds"):
        source.later(1)


def test_rows_without_a_key_are_told_when_all_others_are_read(database: Database, opened: Opened) -> None:
    database.run(f"CREATE TABLE predictions (updated_at INTEGER, id INTEGER, {_COLUMNS})")
    rows = [by_id(number) | {"updated_at": None if number == 2 else number} for number in (1, 2, 3)]
    database.insert("predictions", *rows)
    source = opened(database, cursor=["updated_at", "id"])
    source.later(1)
    with pytest.raises(FeedError, match=r"1 rows have NULL in updated_at, id, .*coalesce\(updated_at, created_at\)"):
        source.later(40)
    assert source.read == ["p1", "p3"]
    database.run("UPDATE predictions SET updated_at = 4 WHERE id = 2")
    source.reopen()
    assert source.settle() == ["p2"]
