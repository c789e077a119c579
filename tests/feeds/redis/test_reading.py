"""Entries become events: each once, whatever is trimmed, wherever reading begins again."""

import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.redis import FEED
from tests.feeds.builders import NOW, prediction
from tests.feeds.object_store.source import Source
from tests.feeds.redis.server import Server

_numbers = itertools.count()


@pytest.fixture
def stream() -> str:
    return f"stream-{next(_numbers)}"


def source(running: Server, key: str, /, **options: Any) -> Source:
    own = {"name": "f", "kind": "redis", "events": "predictions", "url": running.url, "stream": key}
    return Source(FEED, own | options)


def fields(number: int, **more: object) -> dict[str, object]:
    return {
        "prediction_id": str(number),
        "model_name": "fraud",
        "timestamp": NOW - 60,
        "score": 0.25,
        "segment.country": "DE",
        **more,
    }


def fill(running: Server, stream: str, first: int, count: int) -> list[str]:
    """Add entries, and return their ids as texts."""
    many = running.client.pipeline(transaction=False)
    for number in range(first, first + count):
        many.xadd(stream, fields(number))
    return [identifier.decode() for identifier in many.execute()]


def numbers(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def test_entries_are_read_once_and_those_that_come_later_later(running: Server, stream: str) -> None:
    fill(running, stream, 0, 50)
    reader = source(running, stream)
    assert reader.all() == numbers(0, 50)
    fill(running, stream, 50, 10)
    reader.close()
    assert reader.all() == numbers(0, 60)
    assert (reader.batches[-1].behind, reader.batches[-1].events_left) == (False, 0)
    reader.close()


def test_what_the_fields_say_stands_in_the_events(running: Server, stream: str) -> None:
    running.add(stream, fields(7, latency_seconds="0.5", prediction_id="007"))
    reader = source(running, stream)
    assert reader.all() == ["007"]
    read = reader.batches[0].events
    assert list(read.latency) == [0.5]  # type: ignore[union-attr] # they are predictions
    assert 0.25 in read.payload[0]  # type: ignore[union-attr] # as above
    reader.close()


def test_an_entry_may_hold_one_object_of_json(running: Server, stream: str) -> None:
    running.add(stream, {"event": json.dumps(prediction("a", segment={"country": "DE"}))})
    running.add(stream, {"other": "thing"})
    running.add(stream, {"event": "{"})
    running.add(stream, {"event": json.dumps(prediction("b"))})
    reader = source(running, stream, format="json", json_field="event")
    assert reader.all() == ["a", "b"]
    assert sorted(one.reason for one in reader.rejections) == ["malformed", "malformed"]
    assert all(one.place.startswith(f"{stream}@") for one in reader.rejections)
    reader.close()


def test_an_entrys_time_stands_in_where_the_event_has_none(running: Server, stream: str) -> None:
    for number, kind in enumerate(("fields", "json")):
        key = f"{stream}-{kind}"
        event = {name: value for name, value in fields(number).items() if name != "timestamp"}
        at = f"{int(NOW - 100) * 1000}-0"
        running.add(
            key, event if kind == "fields" else {"data": json.dumps(prediction(str(number), timestamp=...))}, at
        )
        reader = source(running, key, format=kind, timestamp="entry")
        reader.all()
        assert list(reader.batches[0].events.timestamp) == [NOW - 100]  # type: ignore[union-attr] # they are predictions
        reader.close()


def test_poison_is_rejected_and_the_rest_is_read(running: Server, stream: str) -> None:
    running.add(stream, fields(0))
    running.client.xadd(stream, {b"prediction_id": b"\xff\xfe"})
    running.add(stream, fields(1, score="high"))
    running.add(stream, fields(2))
    reader = source(running, stream)
    assert reader.all() == ["0", "2"]
    assert sorted(one.reason for one in reader.rejections) == ["bad_value", "malformed"]
    reader.close()


def test_latest_begins_behind_what_is_there(running: Server, stream: str) -> None:
    fill(running, stream, 0, 5)
    reader = source(running, stream, start="latest")
    reader.step()
    fill(running, stream, 5, 3)
    reader.close()
    assert reader.all() == numbers(5, 3)
    reader.close()


def test_a_stream_that_is_not_there_yet_is_waited_for(running: Server, stream: str) -> None:
    reader = source(running, stream)
    assert reader.all() == []
    fill(running, stream, 0, 2)
    assert reader.all() == numbers(0, 2)
    reader.close()


def test_several_streams_are_read(running: Server, stream: str) -> None:
    keys = [f"{stream}-{number}" for number in range(3)]
    for number, key in enumerate(keys):
        fill(running, key, 10 * number, 10)
    reader = source(running, stream, stream=None, streams=keys)
    assert sorted(reader.all(), key=int) == numbers(0, 30)
    assert FEED.where is not None
    assert FEED.where(reader.batches[-1].position).count("behind") == 3
    reader.close()


def test_a_batch_says_what_is_left(running: Server, stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.feeds.redis.entries.MAXIMUM_ROWS", 10)
    fill(running, stream, 0, 35)
    reader = source(running, stream)
    while reader.step() is not None:
        reader.close()
    assert [(one.behind, one.events_left) for one in reader.batches] == [(True, 25), (True, 15), (True, 5), (False, 0)]
    assert reader.read == numbers(0, 35)
    reader.close()


def test_a_batch_holds_so_many_bytes_and_a_large_entry_is_rejected(running: Server, stream: str) -> None:
    for number in range(30):
        running.add(stream, fields(number, note="x" * 900_000))
    running.add(stream, fields(30, note="x" * 1_200_000))
    reader = source(running, stream)
    assert reader.all() == numbers(0, 30)
    assert [one.reason for one in reader.rejections] == ["too_large"]
    reader.close()


def test_entries_are_asked_for_in_steps(running: Server, stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.feeds.redis.feed._AT_ONCE", 7)
    fill(running, stream, 0, 100)
    reader = source(running, stream)
    assert reader.all() == numbers(0, 100)
    assert len(reader.batches) == 1
    reader.close()


def test_what_was_trimmed_before_it_was_read_is_counted(running: Server, stream: str) -> None:
    fill(running, stream, 0, 10)
    reader = source(running, stream)
    reader.all()
    fill(running, stream, 10, 20)
    running.client.xtrim(stream, maxlen=5, approximate=False)
    assert reader.all() == [*numbers(0, 10), *numbers(25, 5)]
    assert sum(one.lost for one in reader.batches) == 15
    fill(running, stream, 30, 5)
    reader.all()
    assert sum(one.lost for one in reader.batches) == 15
    reader.close()


def test_what_was_trimmed_after_it_was_read_is_not_lost(running: Server, stream: str) -> None:
    reader = source(running, stream)
    for first in range(0, 60, 10):
        fill(running, stream, first, 10)
        reader.all()
        running.client.xtrim(stream, maxlen=0, approximate=False)
    assert reader.read == numbers(0, 60)
    assert sum(one.lost for one in reader.batches) == 0
    reader.close()


def test_what_was_gone_before_the_feed_began_is_not_lost(running: Server, stream: str) -> None:
    fill(running, stream, 0, 10)
    running.client.xtrim(stream, maxlen=4, approximate=False)
    reader = source(running, stream)
    assert reader.all() == numbers(6, 4)
    assert sum(one.lost for one in reader.batches) == 0
    reader.close()


def test_with_out_of_range_stop_the_feed_waits_for_a_person(running: Server, stream: str) -> None:
    fill(running, stream, 0, 10)
    reader = source(running, stream, out_of_range="stop")
    reader.all()
    fill(running, stream, 10, 20)
    running.client.xtrim(stream, maxlen=5, approximate=False)
    with pytest.raises(FeedError, match=r"15 entries of .* were trimmed before they were read"):
        reader.step()
    reader.close()


def test_a_stream_that_was_made_anew_is_read_from_its_beginning(running: Server, stream: str) -> None:
    running.add(stream, fields(0), "5000-0")
    reader = source(running, stream)
    reader.all()
    running.client.delete(stream)
    running.add(stream, fields(1), "1000-0")
    assert reader.all() == ["0", "1"]
    assert sum(one.truncations for one in reader.batches) == 1
    reader.close()


@tries(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["add", "add", "read", "close", "trim"]), max_size=40), seed=st.integers(0, 9))
def test_every_entry_is_read_once_or_counted_as_lost(running: Server, steps: list[str], seed: int) -> None:
    stream, dice = f"any-{next(_numbers)}", random.Random(seed)
    reader = source(running, stream)
    fill(running, stream, 0, 1)
    reader.step()  # what is trimmed before a feed begins is not lost: it was never its own
    added = 1
    for step in steps:
        if step == "add":
            count = dice.randrange(1, 6)
            fill(running, stream, added, count)
            added += count
        elif step == "trim":
            running.client.xtrim(stream, maxlen=dice.randrange(4), approximate=False)
        elif step == "read":
            reader.step()
        else:
            reader.close()
    reader.all()
    reader.close()
    assert len(set(reader.read)) == len(reader.read)
    lost = sum(one.lost for one in reader.batches)
    assert len(reader.read) + lost == added
    assert lost == 0 or "trim" in steps
