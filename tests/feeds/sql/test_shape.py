"""Tables and queries that change their shape: what events are read from must not change unseen."""

import pytest

from ml_exporter.events import JoinedEvents, Labels
from ml_exporter.feeds import FeedError
from tests.feeds.sql.builders import BY_ID, EARLIER, Opened, by_id
from tests.feeds.sql.databases import Database

_NAMED = "SELECT id, prediction_id, timestamp, outcome AS prediction FROM predictions"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_column_that_vanishes_is_named_until_the_query_gives_it(
    database: Database, opened: Opened, *, restarted: bool
) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database)
    assert source.settle() == ["p1"]
    database.run("ALTER TABLE predictions RENAME COLUMN prediction TO outcome")
    database.insert("predictions", {("outcome" if n == "prediction" else n): v for n, v in by_id(2).items()})
    if restarted:
        source.reopen()
    with pytest.raises(FeedError, match=r"the column prediction is there no longer, .* a `query` that gives it"):
        source.settle()
    source.reopen(table=None, query=_NAMED)
    assert source.settle() == ["p2"]


def test_a_column_that_appears_and_would_be_read_is_named(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database)
    source.settle()
    database.run("ALTER TABLE predictions ADD COLUMN score FLOAT")
    database.insert("predictions", by_id(2, score=0.25))
    with pytest.raises(FeedError, match=r"there is a new column score, .* a `query` that names the columns"):
        source.settle()
    source.reopen(table=None, query="SELECT id, prediction_id, timestamp, score FROM predictions")
    assert source.settle() == ["p2"]


def test_a_column_that_is_no_field_may_come_and_go(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database)
    assert source.settle() == ["p1"]
    database.run("ALTER TABLE predictions ADD COLUMN note TEXT")
    database.insert("predictions", by_id(2, note="x"))
    assert source.settle() == ["p2"]
    database.run("ALTER TABLE predictions DROP COLUMN note")
    database.insert("predictions", by_id(3))
    assert source.settle() == ["p3"]


def test_a_cursor_of_another_type_is_told(postgres: Database, opened: Opened) -> None:
    postgres.run(BY_ID)
    postgres.insert("predictions", by_id(1))
    source = opened(postgres)
    source.settle()
    postgres.run("ALTER TABLE predictions ALTER COLUMN id TYPE TEXT")
    source.reopen()
    with pytest.raises(FeedError, match=r"the cursor column id is now text \('1'\) and was integer \(1\)"):
        source.settle()
    postgres.run("ALTER TABLE predictions ALTER COLUMN id TYPE INTEGER USING id::integer")
    postgres.insert("predictions", by_id(2))
    source.reopen()
    assert source.settle() == ["p2"]


def test_another_cursor_does_not_go_on_at_the_position_of_the_first(database: Database, opened: Opened) -> None:
    database.run(BY_ID)
    database.insert("predictions", by_id(1))
    source = opened(database)
    source.settle()
    with pytest.raises(FeedError, match=r"the position is one of the cursor id, and the cursor is now timestamp, id"):
        source.reopen(cursor=["timestamp", "id"])
    source.reopen(cursor="id")


def test_a_query_that_joins_both_sides_gives_outcomes(database: Database, opened: Opened) -> None:
    database.run(BY_ID, "CREATE TABLE labels (number INTEGER, request TEXT, known FLOAT, fraud INTEGER)")
    database.insert("predictions", by_id(1), by_id(2), by_id(3))
    for number, request in ((1, "p3"), (2, "p1")):
        database.insert("labels", {"number": number, "request": request, "known": EARLIER + 60, "fraud": number - 1})
    query = (
        "SELECT l.number, p.prediction_id, p.timestamp, p.prediction, l.known AS label_timestamp, l.fraud AS actual"
        " FROM labels l JOIN predictions p ON p.prediction_id = l.request"
    )
    source = opened(database, query=query, cursor="number", events="outcomes")
    source.later(1)
    source.clock.advance(40)
    batch = source.feed.read()
    assert batch is not None
    assert isinstance(batch.events, JoinedEvents)
    assert batch.events.predictions.prediction_id.tolist() == ["p3", "p1"]
    assert batch.events.labels.actual.texts() == ["0", "1"]
    assert batch.events.labels.timestamp.tolist() == [EARLIER + 60] * 2


def test_a_label_that_is_updated_comes_again_with_its_new_value(database: Database, opened: Opened) -> None:
    """What the ledger makes of it is a correction, where the model has a window for them."""
    database.run(
        "CREATE TABLE labels (updated INTEGER, id INTEGER, prediction_id TEXT, timestamp FLOAT, actual INTEGER)"
    )
    row = {"updated": 1, "id": 1, "prediction_id": "a", "timestamp": EARLIER, "actual": 0}
    database.insert("labels", row, row | {"id": 2, "prediction_id": "b"})
    source = opened(database, table="labels", cursor=["updated", "id"], events="labels")
    assert source.settle() == ["a", "b"]
    database.run("UPDATE labels SET actual = 1, updated = 2 WHERE id = 1")
    assert source.settle() == ["a"]
    events = source.batches[-1].events
    assert isinstance(events, Labels)
    assert events.actual.texts() == ["1"]


def test_objects_may_be_json_in_a_column_or_stand_flat(database: Database, opened: Opened) -> None:
    kind = "JSONB" if database.kind == "postgresql" else "TEXT"
    database.run(BY_ID.replace(")", f", segment {kind})"))
    database.run("INSERT INTO predictions VALUES (1, 'p1', 1600000000, 1, '{\"country\": \"DE\"}')".replace(":", r"\:"))
    flat = "SELECT id, prediction_id, timestamp, prediction, 'FR' AS \"segment.country\" FROM predictions"
    for options, country in (({}, "DE"), ({"query": flat}, "FR")):
        source = opened(database, **options)
        assert source.settle() == ["p1"]
        assert source.batches[0].events.segments["country"].texts() == [country]  # type: ignore[union-attr]
