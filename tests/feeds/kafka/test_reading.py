"""Messages become events: each once, from every partition, wherever reading begins again."""

import pytest
from confluent_kafka import OFFSET_INVALID

from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES
from ml_exporter.feeds.kafka import FEED
from tests.feeds.builders import NOW, line, prediction
from tests.feeds.kafka.cluster import Cluster
from tests.feeds.kafka.source import Source, events


def test_every_message_of_every_partition_comes_once(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=3)
    kafka.produce(topic, events(0, 500), keys=[str(number) for number in range(500)])
    source = Source(kafka, topic)
    assert sorted(source.take(500), key=int) == [str(number) for number in range(500)]
    source.until(lambda: source.step() is None, "nothing is left")
    assert len(source.read) == 500
    assert source.last is not None
    assert (source.last.behind, source.last.events_left) == (False, 0)
    source.close()


def test_a_restart_goes_on_behind_the_last_batch(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=2)
    kafka.produce(topic, events(0, 50), keys=[str(number) for number in range(50)])
    source = Source(kafka, topic)
    source.take(50)
    source.close()
    kafka.produce(topic, events(50, 50), keys=[str(number) for number in range(50, 100)])
    assert sorted(source.take(100), key=int) == [str(number) for number in range(100)]
    source.close()


def test_a_batch_says_how_much_is_left_and_that_it_is_behind(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 100))
    monkeypatch.setattr("ml_exporter.feeds.kafka.gathering.MAXIMUM_ROWS", 30)
    source = Source(kafka, topic)
    source.until(lambda: source.last is not None and source.last.read > 0)
    assert source.last is not None
    assert (source.last.read, source.last.behind, source.last.events_left) == (30, True, 70)
    source.close()


def test_a_position_is_said_to_people(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=2)
    kafka.produce(topic, events(0, 7), partition=1)
    source = Source(kafka, topic)
    source.take(7)
    source.close()
    assert source.position is not None
    assert FEED.where is not None
    assert FEED.where(source.position) == f"{topic}[0]@0, [1]@7"


def test_poison_is_rejected_with_its_place_and_the_rest_is_read(kafka: Cluster) -> None:
    topic = kafka.topic()
    large = b'{"x": "' + b"y" * MAXIMUM_EVENT_BYTES + b'"}'
    poison = [b"nonsense", None, b"", b"[1]", b"\xff\xfe", b'{"a": 1}\n{"b": 2}', large]
    kafka.produce(topic, [*events(0, 2), *poison[:6], *events(2, 2)])
    source = Source(kafka, topic)
    assert source.take(10) == ["0", "1", "2", "3"]
    assert [rejection.reason for rejection in source.rejections] == ["malformed"] * 6
    assert {rejection.place for rejection in source.rejections} == {f"{topic}[0]@{number}" for number in range(2, 8)}
    assert any("the message is empty" in rejection.detail for rejection in source.rejections)
    assert any("the message is no JSON object" in rejection.detail for rejection in source.rejections)
    source.close()


def test_a_message_that_is_too_large_is_rejected(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.feeds.kafka.gathering.MAXIMUM_EVENT_BYTES", 1024)
    topic = kafka.topic()
    kafka.produce(topic, [line(prediction("large", x="y" * 2000)), *events(0, 1)])
    source = Source(kafka, topic)
    assert source.take(2) == ["0"]
    assert [(one.reason, one.place) for one in source.rejections] == [("too_large", f"{topic}[0]@0")]
    assert "larger than 1 KiB" in source.rejections[0].detail
    source.close()


def test_the_envelope_stands_in_for_what_an_event_lacks(kafka: Cluster) -> None:
    topic = kafka.topic()
    lacking = [line(prediction(..., timestamp=...)), line(prediction("own"))]
    kafka.produce(topic, lacking, keys=["of-key", "not-this"], timestamp=NOW - 5)
    source = Source(kafka, topic, timestamp="message", key="prediction_id")
    assert source.take(2) == ["of-key", "own"]
    assert source.last is not None
    assert source.last.newest == NOW - 5
    source.close()


def test_without_these_options_what_an_event_lacks_is_missing(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [line(prediction(timestamp=...))], keys=["k"])
    source = Source(kafka, topic)
    assert source.take(1) == []
    assert source.rejections[0].reason == "missing_field"
    source.close()


def test_the_brokers_are_told_how_far_it_is(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=2)
    kafka.produce(topic, events(0, 30), partition=0)
    kafka.produce(topic, events(30, 20), partition=1)
    source = Source(kafka, topic, group="watched")
    source.take(10)
    source.clock.advance(6.0)
    source.take(50)
    source.close()
    assert kafka.committed("watched", topic, 2) == [30, 20]


def test_without_a_group_the_brokers_are_told_nothing(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 30))
    source = Source(kafka, topic)
    source.take(30)
    source.close()
    assert kafka.committed("ml-exporter", topic, 1) == [OFFSET_INVALID]
