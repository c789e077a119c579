"""Messages of Avro, by schemas that a registry tells."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ml_exporter.events import Predictions
from ml_exporter.feeds import FeedError
from tests.feeds.builders import NOW
from tests.feeds.kafka.cluster import Cluster
from tests.feeds.kafka.registry import Registry, message, registry
from tests.feeds.kafka.source import Source, events

FIRST = {
    "type": "record",
    "name": "Scored",
    "fields": [
        {"name": "prediction_id", "type": "string"},
        {"name": "model_name", "type": "string"},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "score", "type": ["null", "double"]},
        {"name": "segment", "type": {"type": "map", "values": "string"}},
    ],
}
SECOND = FIRST | {"fields": [*FIRST["fields"], {"name": "latency_seconds", "type": "double"}]}


@pytest.fixture
def schemas() -> Iterator[Registry]:
    with registry() as kept:
        kept.register(1, FIRST)
        kept.register(2, SECOND)
        yield kept


def record(identifier: str, score: float | None = 0.9, **more: object) -> dict[str, object]:
    """Return what the first schema describes, and more."""
    time = datetime.fromtimestamp(NOW - 60, UTC)
    own = {"prediction_id": identifier, "model_name": "fraud", "timestamp": time, "score": score}
    return own | {"segment": {"country": "DE"}} | more


def source(kafka: Cluster, topic: str, schemas: Registry, **more: object) -> Source:
    return Source(kafka, topic, format="avro", schema_registry={"url": schemas.url, **more})


def test_records_of_several_schemas_are_events_and_each_schema_is_asked_for_once(
    kafka: Cluster, schemas: Registry
) -> None:
    topic = kafka.topic()
    sent = [message(1, FIRST, record(str(number), number / 100)) for number in range(100)]
    sent += [message(2, SECOND, record(str(number), latency_seconds=0.5)) for number in range(100, 110)]
    kafka.produce(topic, sent)
    reader = source(kafka, topic, schemas)
    reader.take(110)
    reader.close()
    assert reader.read == [str(number) for number in range(110)]
    assert reader.rejections == []
    assert sorted(schemas.asked) == ["/schemas/ids/1", "/schemas/ids/2"]


def test_what_a_record_says_stands_in_the_events(kafka: Cluster, schemas: Registry) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [message(2, SECOND, record("a", 0.25, latency_seconds=1.5))])
    reader = source(kafka, topic, schemas)
    reader.take(1)
    reader.close()
    assert reader.last is not None
    read = reader.last.events
    assert list(read.timestamp) == [NOW - 60]
    assert isinstance(read, Predictions)
    assert 0.25 in read.payload[0]
    assert list(read.latency) == [1.5]


@pytest.mark.parametrize(
    ("poison", "why"),
    [
        pytest.param(b"{}", "is not in the wire format of a schema registry", id="JSON"),
        pytest.param(b"\0\0\0\0", "is not in the wire format of a schema registry", id="cut within the number"),
        pytest.param(b"\0\0\0\0\x01\x02", "the message is no record of schema 1", id="cut within the record"),
        pytest.param(b"\0\0\0\0\x09abc", "the registry has no schema 9; register it", id="no such schema"),
        pytest.param(b"\0\0\0\0\x03abc", "schema 3 is of PROTOBUF; send Avro", id="another kind"),
        pytest.param(b"\0\0\0\0\x04abc", "schema 4 is no schema of Avro", id="no schema at all"),
        pytest.param(message(5, "string", "text"), "schema 5 describes no record", id="no record"),
        pytest.param(b"\0\0\0\0\x06abc", "schema 6 refers to others", id="references"),
        pytest.param(message(1, FIRST, record("x", None)), "prediction and score are both missing", id="no score"),
    ],
)
def test_a_poison_message_is_rejected_and_those_around_it_are_read(
    kafka: Cluster, schemas: Registry, poison: bytes, why: str
) -> None:
    schemas.register(3, "message M {}", schemaType="PROTOBUF")
    schemas.register(4, {"type": "mystery"})
    schemas.register(5, '"string"')
    schemas.register(6, FIRST, references=[{"name": "other", "subject": "s", "version": 1}])
    topic = kafka.topic()
    kafka.produce(topic, [message(1, FIRST, record("a")), poison, message(1, FIRST, record("b"))])
    reader = source(kafka, topic, schemas)
    reader.take(3)
    reader.close()
    assert reader.read == ["a", "b"]
    assert [(one.place, why in one.detail) for one in reader.rejections] == [(f"{topic}[0]@1", True)], reader.rejections


def test_bytes_at_random_are_rejected_one_by_one(kafka: Cluster, schemas: Registry) -> None:
    dice, topic = random.Random(3), kafka.topic()
    sent = [b"\0\0\0\0\x01" + dice.randbytes(dice.randrange(1, 60)) for _ in range(300)]
    kafka.produce(topic, [*sent, message(1, FIRST, record("sound"))])
    reader = source(kafka, topic, schemas)
    reader.take(301)
    reader.close()
    assert reader.read[-1] == "sound"
    assert len(reader.read) + len(reader.rejections) == 301


def test_a_registry_that_fails_loses_nothing(kafka: Cluster, schemas: Registry) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [message(1, FIRST, record(str(number))) for number in range(20)])
    schemas.status = 503
    reader = source(kafka, topic, schemas)
    with pytest.raises(FeedError, match="schema 1 answers 503; it is asked again"):
        reader.take(1)
    reader.close()
    schemas.status = 200
    reader.take(20)
    reader.close()
    assert reader.read == [str(number) for number in range(20)]


def test_a_registry_asks_who_it_is(kafka: Cluster, schemas: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [message(1, FIRST, record("a"))])
    schemas.login = ("exporter", "pass:word")
    stranger = source(kafka, topic, schemas)
    with pytest.raises(FeedError, match="answers 401; correct `username` and `password_file`"):
        stranger.take(1)
    stranger.close()
    monkeypatch.setattr("ml_exporter.feeds.kafka.access.read_secret", lambda _path: "pass:word")
    login = {"username": "exporter", "password_file": "mounted"}
    known = source(kafka, topic, schemas, **login)
    assert known.take(1) == ["a"]
    known.close()


def test_a_registry_that_is_not_there_is_told(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [message(1, FIRST, record("a"))])
    reader = Source(kafka, topic, format="avro", schema_registry={"url": "http://127.0.0.1:1"})
    with pytest.raises(FeedError, match=r"schema registry http://127\.0\.0\.1:1 cannot be reached"):
        reader.take(1)
    reader.close()


def test_json_where_avro_is_expected_does_not_stop_the_feed(kafka: Cluster, schemas: Registry) -> None:
    topic = kafka.topic()
    kafka.produce(topic, [*events(0, 3), message(1, FIRST, record("a"))])
    reader = source(kafka, topic, schemas)
    reader.take(4)
    reader.close()
    assert reader.read == ["a"]
    assert len(reader.rejections) == 3
