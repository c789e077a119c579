"""A group that gives partitions to its members: each goes on where its own store has them."""

import pytest

from tests.feeds.kafka.cluster import Cluster
from tests.feeds.kafka.source import Source, events
from tests.stack.waiting import eventually

QUICK = {"session.timeout.ms": 1000, "heartbeat.interval.ms": 50}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_exporter.feeds.kafka.feed._WAIT", 0.05)


def member(kafka: Cluster, topic: str, group: str) -> Source:
    return Source(kafka, topic, partitions="group", group=group, options=QUICK)


def test_a_member_that_stands_in_for_another_has_everything_and_each_event_once(kafka: Cluster) -> None:
    topic = kafka.topic(partitions=4)
    keys = [str(number) for number in range(200)]
    kafka.produce(topic, events(0, 200), keys=keys)
    first, second = member(kafka, topic, "a"), member(kafka, topic, "a")
    first.take(200)

    def both() -> bool:
        first.step()
        second.step()
        return bool(second.read)

    eventually(both, "the second member is given partitions")
    first.close()
    second.take(200)
    assert sorted(second.read, key=int) == keys
    kafka.produce(topic, events(200, 100), keys=[str(number) for number in range(200, 300)])
    second.take(300)
    second.close()
    assert sorted(second.read, key=int) == [str(number) for number in range(300)]
    first.take(300)
    assert sorted(first.read, key=int) == [str(number) for number in range(300)]
    first.close()


def test_partitions_that_come_and_go_lose_nothing_and_repeat_nothing(kafka: Cluster) -> None:
    """Another member joins and leaves in the midst of messages: each store has every event it was given once."""
    topic = kafka.topic(partitions=3)
    steady, sent = member(kafka, topic, "b"), 0
    for _ in range(2):
        passing = member(kafka, topic, "b")
        passing.open()
        for _ in range(6):
            kafka.produce(topic, events(sent, 60), keys=[str(number) for number in range(sent, sent + 60)])
            sent += 60
            steady.step()
            passing.step()
        passing.close()
        assert len(set(passing.read)) == len(passing.read)
    steady.take(sent)
    steady.close()
    assert sorted(steady.read, key=int) == [str(number) for number in range(sent)]
