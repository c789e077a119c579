"""Which partitions are read, and from where: our own positions, whatever the brokers remember."""

from collections.abc import Iterable

import structlog
from confluent_kafka import Consumer, TopicPartition

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.kafka.beginnings import chosen, first_offset
from ml_exporter.feeds.kafka.client import Client
from ml_exporter.feeds.kafka.position import Position, TopicPosition
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings

_log = structlog.get_logger(__name__)

Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""


class Assignment:
    """Has the client read partitions, and knows the next offset of each."""

    def __init__(self, client: Client, settings: KafkaFeedSettings, position: Position) -> None:
        """Have partitions read from a position.

        Args:
            client: of the cluster.
            settings: of the feed.
            position: what the store has.

        Raises:
            FeedError: they cannot be read; the message says why.
        """
        self.next: dict[Partition, int] = {
            (topic, partition): offset
            for topic, of_topic in position.items()
            for partition, offset in of_topic.next.items()
        }
        """The offset behind what has been read, of partitions that are not assigned as well."""

        self.held: set[Partition] = set()
        """The partitions that are read."""

        self.at_end: set[Partition] = set()
        """Those of them that hold nothing more right now."""

        self.moved = False
        """Whether ``next`` has offsets that no message brought and that no position has yet."""

        self._given: set[Partition] | None = None
        """What the group has given and is not begun yet."""

        self._client = client
        self._settings = settings
        self._counts: dict[str, int] = {}
        """Topic to how many partitions it has."""

        self._first_counts = {topic: of_topic.count for topic, of_topic in position.items()}
        if settings.partitions == "group":
            self._look_at_topics()
            client.consumer.subscribe(
                list(settings.all_topics),
                on_assign=self._note_given,
                on_revoke=self._note_taken,
                on_lost=self._note_taken,
            )
        else:
            self.look()

    @property
    def position(self) -> Position:
        """Return what the store is to have."""
        found = {topic: TopicPosition(count) for topic, count in self._first_counts.items()}
        for (topic, partition), offset in self.next.items():
            found.setdefault(topic, TopicPosition()).next[partition] = offset
        return found

    @property
    def held_offsets(self) -> list[TopicPartition]:
        """Return the next offset of each partition that is read."""
        return [TopicPartition(*partition, self.next[partition]) for partition in sorted(self.held)]

    @property
    def behind(self) -> bool:
        """Tell whether there is more to read right now, or it is not known yet."""
        return any(left is None or left > 0 for left in map(self._left, self.held - self.at_end))

    @property
    def events_left(self) -> int:
        """Return how many offsets are between what has been read and the ends of the partitions, as far as known."""
        return sum(self._left(one) or 0 for one in self.held)

    def _left(self, partition: Partition) -> int | None:
        end = self._client.known_end(*partition)
        return None if end is None else max(0, end - self.next[partition])

    def look(self) -> None:
        """Find out what partitions there are, and read those that are new as well.

        Raises:
            FeedError: a topic is missing, or nobody answers.
        """
        self._look_at_topics()
        if self._settings.partitions == "group":
            return  # the group gives new partitions by itself
        wanted = {
            (topic, partition)
            for topic in self._settings.all_topics
            for partition in chosen(self._settings, topic, self._counts[topic])
        }
        if wanted != self.held:
            self._begin(wanted - self.next.keys())
            self.held = wanted
            self.again()

    def again(self) -> None:
        """Have all partitions read on from their next offsets."""
        self.at_end &= self.held
        self._client.consumer.assign(self.held_offsets)

    def _look_at_topics(self) -> None:
        """Count partitions."""
        for topic in self._settings.all_topics:
            self._counts[topic] = self._client.partitions(topic)
            self._first_counts.setdefault(topic, self._counts[topic])
        of_topics = {self._counts[topic] for topic in self._settings.all_topics}
        if len(of_topics) > 1 and self._settings.partitions not in ("all", "group"):
            raise FeedError(
                f"the topics {', '.join(self._settings.all_topics)} differ in their partitions"
                f" ({', '.join(str(self._counts[topic]) for topic in self._settings.all_topics)}): the same key would"
                " be in another partition of each; give them as many, or read `all`"
            )

    def _begin(self, partitions: Iterable[Partition]) -> None:
        """Find the first offset of partitions; one that a topic has grown by is read whole, wherever others began."""
        for topic, partition in sorted(partitions):
            if partition >= self._first_counts[topic]:
                offset = self._client.watermarks(topic, partition)[0]
                _log.info("partition is new", feed=self._settings.name, topic=topic, partition=partition)
            else:
                offset = first_offset(self._client, self._settings, topic, partition)
            self.next[topic, partition] = offset
            self.moved = True

    def settle(self) -> None:
        """Begin what the group has given since the last call, each partition from where the store has it.

        Not within the call that tells it: the library loses its place where a callback asks it something.

        Raises:
            FeedError: nobody answers, or a topic is missing; what was given is settled at the next call.
        """
        if self._given is None:
            return
        given = self._given
        self._look_at_topics()
        self._begin(given - self.next.keys())
        self.held, self.at_end, self._given = given, set(), None
        self.again()
        others = sum(self._counts[topic] for topic in self._settings.all_topics) - len(given)
        if others:
            _log.warning(
                "partitions are with other members of the group",
                feed=self._settings.name,
                group=self._settings.group,
                partitions=others,
                remedy="a label whose prediction is with another exporter joins nothing: run one exporter in the group,"
                " or give each replica its partitions",
            )

    def _note_given(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Remember what the group gives: all that this member now has. Until it is settled, no message of it counts."""
        self._given = {(one.topic, one.partition) for one in partitions}
        self.held = set()

    def _note_taken(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Let go of partitions: another member may read them now."""
        gone = {(one.topic, one.partition) for one in partitions}
        self.held -= gone
        self.at_end -= gone
        self._given = None
