"""Where partitions begin that the store knows nothing of, and which of them the feed reads."""

from datetime import datetime

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.kafka.client import Client
from ml_exporter.feeds.kafka.replica import Replica
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings


def chosen(settings: KafkaFeedSettings, topic: str, count: int) -> list[int]:
    """Return the partitions of a topic that the feed reads.

    Args:
        settings: of the feed, which does not leave the choice to its group.
        topic: one of its topics.
        count: how many partitions that has.

    Raises:
        FeedError: the topic has not all that are asked for, or none for this replica.
    """
    asked = settings.partitions
    if isinstance(asked, Replica):
        found = list(range(asked.replica, count, asked.of))
        if not found:
            raise FeedError(
                f"topic {topic} has {count} partitions: none for replica {asked.replica} of {asked.of}; run fewer"
                " replicas, or give the topic more partitions"
            )
        return found
    if isinstance(asked, str):
        return list(range(count))
    missing = sorted(partition for partition in asked if partition >= count)
    if missing:
        raise FeedError(
            f"topic {topic} has {count} partitions, numbered from 0: {missing} is none of them; correct `partitions`"
        )
    return sorted(asked)


def first_offset(client: Client, settings: KafkaFeedSettings, topic: str, partition: int) -> int:
    """Return the offset at which a partition begins that was there before the feed.

    Raises:
        FeedError: nobody answers.
    """
    earliest, end = client.watermarks(topic, partition)
    if settings.start == "earliest":
        return earliest
    if settings.start == "latest":
        return end
    time = datetime.fromisoformat(settings.start).timestamp()
    found = client.offset_at(topic, partition, time)
    return end if found is None else found
