"""Reading rows in order, each once."""

from typing import Any

import pytest

from ml_exporter.feeds import FeedError
from tests.feeds.sql.builders import BY_ID, Opened, by_id
from tests.feeds.sql.databases import Database


def test_rows_are_read_once_they_have_been_there_for_the_lag(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1), by_id(2))
    source = opened(database)
    assert source.drain() == []
    assert source.later(29) == []
    assert source.later(1) == ["p1", "p2"]
    assert source.later(10) == []


def test_a_restart_goes_on_behind_the_last_batch(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", *map(by_id, range(1, 8)))
    source = opened(database, batch_rows=3)
    source.drain()
    source.clock.advance(40)
    first = source.step()
    assert first is not None
    assert (source.read, first.behind) == (["p1", "p2", "p3"], True)
    source.reopen()
    assert source.settle() == ["p4", "p5", "p6", "p7"]
    assert not source.batches[-1].behind
    database.insert("predictions", by_id(8))
    assert source.settle() == ["p8"]


def test_a_batch_has_at_most_so_many_rows(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", *map(by_id, range(1, 101)))
    source = opened(database, batch_rows=30)
    assert source.settle() == [f"p{number}" for number in range(1, 101)]
    assert [batch.read for batch in source.batches] == [30, 30, 30, 10]


def test_the_database_is_looked_at_as_often_as_it_is_said(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    source = opened(database, every="20s", lag="1ms")
    database.insert("predictions", by_id(1))
    assert source.settle() == ["p1"]
    database.insert("predictions", by_id(2))
    assert source.later(19) == []
    assert source.later(1) == []
    assert source.later(20) == ["p2"]


def test_rows_may_come_of_a_query_with_colons_percents_and_a_semicolon(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", *(by_id(number, prediction_id=f"{number}:x%") for number in range(1, 4)))
    query = "SELECT id, prediction_id, timestamp, prediction FROM predictions WHERE prediction_id LIKE '%:x%' ; \n"
    assert opened(database, query=query).settle() == ["1:x%", "2:x%", "3:x%"]


def test_names_in_mixed_case_are_taken_as_they_are_written(database: Database, opened: Opened) -> None:
    database.run('CREATE TABLE "Scored" ("rowId" INTEGER, "requestId" TEXT, "at" FLOAT, prediction INTEGER)')
    database.insert('"Scored"', {"rowId": 1, "requestId": "a", "at": 1.6e9, "prediction": 1})
    fields = {"prediction_id": "requestId", "timestamp": "at"}
    assert opened(database, table="Scored", cursor="rowId", fields=fields).settle() == ["a"]


def test_a_row_that_cannot_be_used_is_told_with_its_key_and_its_columns(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1), by_id(2, prediction=None), by_id(3))
    source = opened(database)
    assert source.settle() == ["p1", "p3"]
    (rejection,) = source.rejections
    assert (rejection.reason, rejection.place) == ("missing_field", "id=2")
    assert '"prediction_id":"p2"' in rejection.event


@pytest.mark.parametrize("start", [3, "3"])
def test_reading_may_begin_at_a_value(database: Database, opened: Opened, start: Any) -> None:
    database.run(BY_ID)
    database.insert("predictions", *map(by_id, range(1, 6)))
    source = opened(database, start=start)
    assert source.settle() == ["p3", "p4", "p5"]
    source.reopen(start=1)
    assert source.settle() == []


def test_a_beginning_of_another_type_is_told(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database, start="2026-01-01")
    source.drain()
    with pytest.raises(FeedError, match=r"`start` is '2026-01-01', and the cursor column holds values such as 1"):
        source.later(40)


def test_rows_of_equal_keys_stay_in_one_batch(database: Database, opened: Opened) -> None:
    """A position between them would lose the others."""
    database.run("CREATE TABLE predictions (day TEXT, prediction_id TEXT, timestamp FLOAT, prediction INTEGER)")
    days = ["a", "b", "b", "b", "c", "c", "d"]
    rows = [by_id(number) | {"day": day} for number, day in enumerate(days)]
    database.insert("predictions", *({k: v for k, v in row.items() if k != "id"} for row in rows))
    source = opened(database, cursor="day", batch_rows=4)
    source.drain()
    source.clock.advance(40)
    while source.step() is not None:
        source.reopen()
        source.drain()
        source.clock.advance(40)
    assert sorted(source.read) == [f"p{number}" for number in range(7)]
    assert [batch.read for batch in source.batches] == [4, 3]


def test_more_rows_of_one_key_than_a_batch_holds_are_told(database: Database, opened: Opened) -> None:
    database.run("CREATE TABLE predictions (day TEXT, prediction_id TEXT, timestamp FLOAT, prediction INTEGER)")
    for number in range(5):
        row = by_id(number) | {"day": "x"}
        del row["id"]
        database.insert("predictions", row)
    source = opened(database, cursor="day", batch_rows=4)
    with pytest.raises(FeedError, match=r"more than 4 rows have day=x, .* add a column"):
        source.settle()
