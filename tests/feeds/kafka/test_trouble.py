"""What goes wrong with topics and brokers: told with a remedy, and gone on from where it stood."""

from pathlib import Path

import pytest
from confluent_kafka import KafkaError

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.kafka.feed import KafkaFeed
from tests.feeds.builders import context
from tests.feeds.kafka.cluster import Cluster, cluster
from tests.feeds.kafka.source import Source, events, settings
from tests.stack.waiting import eventually


def test_messages_that_were_removed_unread_are_counted_and_the_rest_is_read(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 10))
    source = Source(kafka, topic)
    source.take(10)
    source.close()
    kafka.produce(topic, events(10, 10))
    kafka.remove_before(topic, 0, 15)
    assert source.take(15) == [str(number) for number in (*range(10), *range(15, 20))]
    assert (source.lost, source.truncations) == (5, 0)
    source.close()


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(kafka: Cluster) -> None:
    long, short = kafka.topic(), kafka.topic()
    kafka.produce(long, events(0, 10))
    kafka.produce(short, events(10, 3))
    source = Source(kafka, long)
    source.take(10)
    source.close()
    assert source.position is not None
    source.position = source.position.replace(long.encode(), short.encode())
    source.settings = settings(kafka, short)
    assert source.take(13)[10:] == ["10", "11", "12"]
    assert (source.lost, source.truncations) == (0, 1)
    source.close()


def test_with_out_of_range_stop_the_feed_waits_for_a_person(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 10))
    source = Source(kafka, topic, out_of_range="stop")
    source.take(10)
    source.close()
    kafka.produce(topic, events(10, 10))
    kafka.remove_before(topic, 0, 15)
    with pytest.raises(
        FeedError, match=r"begins at 15, and 10 was to be read next: 5 messages.*out_of_range: earliest"
    ):
        source.take(20)
    source.close()
    assert source.read == [str(number) for number in range(10)]


def test_a_topic_that_is_missing_is_told_with_what_to_do(kafka: Cluster) -> None:
    with pytest.raises(FeedError, match=r"topic nowhere: .*; create the topic, or correct `topic`"):
        Source(kafka, "nowhere").open()


def test_a_topic_that_may_not_be_read_is_told_and_read_once_it_may(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 3))
    kafka.refuse(topic, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    source = Source(kafka, topic)
    with pytest.raises(FeedError, match="let this user read and describe the topic"):
        source.open()
    kafka.refuse(topic, 0)
    assert source.take(3) == ["0", "1", "2"]
    source.close()


def test_brokers_that_go_away_are_told_and_what_follows_is_read_when_they_are_back() -> None:
    with cluster() as kafka:
        topic = kafka.topic()
        kafka.produce(topic, events(0, 3))
        source = Source(kafka, topic)
        source.take(3)
        kafka.down()
        with pytest.raises(FeedError, match=f"no broker of {kafka.address} answers"):
            source.until(lambda: False)
        source.close()
        kafka.up()

        def reads() -> bool:
            try:
                source.step()
            except FeedError:
                source.close()
            return len(source.read) == 6

        kafka.produce(topic, events(3, 3))
        eventually(reads, "the rest is read")
        assert source.read == [str(number) for number in range(6)]
        source.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sasl": {"username": "me", "password_file": "secret"}}, "correct `sasl`"),
        ({"tls": {}}, "no broker of .* answers .*SSL.*`tls`"),
        ({"options": {"no.such.property": 1}}, 'No such configuration property: "no.such.property"; correct `options`'),
        ({"sasl": {"username": "me", "password_file": "absent"}}, "the secret in .*absent cannot be read"),
    ],
)
def test_what_brokers_refuse_is_told_with_what_to_correct(
    kafka: Cluster, options: dict[str, object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_exporter.feeds.kafka.client._PATIENCE", 0.5)
    (tmp_path / "secret").write_text("hidden\n")
    configured = settings(kafka, kafka.topic(), **options)
    with pytest.raises(FeedError, match=told) as raised:
        KafkaFeed(configured, context(tmp_path), None)
    assert "hidden" not in str(raised.value)


def test_a_position_of_another_kind_is_told(kafka: Cluster) -> None:
    source = Source(kafka, kafka.topic())
    source.position = b"[1]"
    with pytest.raises(FeedError, match="the stored position is none of Kafka"):
        source.open()
