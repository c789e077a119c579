"""Where partitions begin that the store knows nothing of, and partitions that a topic grows by."""

import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.kafka.client import Client
from tests.feeds.builders import NOW
from tests.feeds.kafka.cluster import Cluster
from tests.feeds.kafka.source import Source, events


def test_latest_begins_behind_what_is_there_and_stays_there(kafka: Cluster) -> None:
    """The beginning is committed at once: what comes while the exporter is down is not passed over."""
    topic = kafka.topic()
    kafka.produce(topic, events(0, 10))
    source = Source(kafka, topic, start="latest")
    source.step()
    source.close()
    kafka.produce(topic, events(10, 10))
    assert source.take(10) == [str(number) for number in range(10, 20)]
    source.close()


@pytest.mark.parametrize(("found", "read"), [(3, ["3", "4"]), (None, [])])
def test_a_moment_begins_at_the_first_message_from_it_on(
    kafka: Cluster, monkeypatch: pytest.MonkeyPatch, found: int | None, read: list[str]
) -> None:
    """These brokers know no times: they are asked by librdkafka, what they would answer is given here."""
    topic = kafka.topic()
    kafka.produce(topic, events(0, 5))
    asked = []
    monkeypatch.setattr(Client, "offset_at", lambda _, *question: asked.append(question) or found)
    source = Source(kafka, topic, start="2020-09-13T14:28:00+02:00")
    source.until(lambda: source.step() is None)
    assert asked == [(topic, 0, 1_600_000_080.0)]
    assert source.read == read
    source.close()


def test_a_moment_that_nothing_follows_is_the_end(kafka: Cluster) -> None:
    topic = kafka.topic()
    kafka.produce(topic, events(0, 5))
    source = Source(kafka, topic, start="2100-01-01T00:00:00Z")
    source.step()
    kafka.produce(topic, events(5, 1))
    assert source.take(1) == ["5"]
    source.close()


def test_a_partition_that_the_topic_grows_by_is_read_whole(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the others began at their ends: what it holds came after the feed did."""
    topic = kafka.topic(partitions=3)
    kafka.produce(topic, events(0, 5), partition=0)
    seen = Client.partitions
    monkeypatch.setattr(Client, "partitions", lambda self, name: seen(self, name) - 1)
    source = Source(kafka, topic, start="latest")
    source.step()
    kafka.produce(topic, events(5, 5), partition=2)
    source.step()
    assert source.read == []
    monkeypatch.setattr(Client, "partitions", seen)
    source.clock.advance(61)
    assert source.take(5) == [str(number) for number in range(5, 10)]
    source.close()
    kafka.produce(topic, events(10, 5), partition=2)
    assert source.take(10) == [str(number) for number in range(5, 15)]
    source.close()


def test_partitions_given_as_a_list_are_read_and_no_others(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=4)
    for partition in range(4):
        kafka.produce(topic, events(10 * partition, 10), partition=partition)
    source = Source(kafka, topic, partitions=[3, 1])
    assert sorted(source.take(20), key=int) == [str(number) for number in (*range(10, 20), *range(30, 40))]
    source.close()


def test_replicas_share_the_partitions_out(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=5)
    for partition in range(5):
        kafka.produce(topic, events(10 * partition, 10), partition=partition)
    read = []
    for replica, count in ((0, 30), (1, 20)):
        source = Source(kafka, topic, partitions={"replica": replica, "of": 2})
        read += source.take(count)
        source.close()
    assert sorted(read, key=int) == [str(number) for number in range(50)]


@pytest.mark.parametrize(
    ("partitions", "told"),
    [
        ([0, 7], r"has 2 partitions, numbered from 0: \[7\] is none of them"),
        ({"replica": 2, "of": 3}, "none for replica 2 of 3; run fewer replicas"),
    ],
)
def test_partitions_that_are_not_there_are_told(kafka: Cluster, partitions: object, told: str) -> None:
    source = Source(kafka, kafka.topic(partitions=2), partitions=partitions)
    with pytest.raises(FeedError, match=told):
        source.open()


def test_shares_of_topics_that_differ_in_their_partitions_are_refused(kafka: Cluster) -> None:
    topics = [kafka.topic(partitions=2), kafka.topic(partitions=3)]
    source = Source(kafka, None, topics=topics, partitions=[0])
    with pytest.raises(FeedError, match=r"differ in their partitions \(2, 3\)"):
        source.open()


def test_a_partition_added_to_the_list_later_begins_as_start_says(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=2)
    for partition in range(2):
        kafka.produce(topic, events(10 * partition, 10), partition=partition)
    source = Source(kafka, topic, partitions=[0])
    source.take(10)
    source.close()
    source.settings = source.settings.model_copy(update={"partitions": [0, 1]})
    assert sorted(source.take(20), key=int) == [str(number) for number in range(20)]
    assert source.clock.now() == NOW
    source.close()
