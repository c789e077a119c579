"""The feed itself: batch after batch of messages, and what becomes of those that are no longer there."""

import time
from typing import cast

import structlog
from confluent_kafka import KafkaError, Message

from ml_exporter.feeds.decoding import Decoded
from ml_exporter.feeds.interface import Batch, FeedContext, FeedError
from ml_exporter.feeds.kafka.assignment import Assignment
from ml_exporter.feeds.kafka.client import Client
from ml_exporter.feeds.kafka.explaining import explained
from ml_exporter.feeds.kafka.formats import format_of
from ml_exporter.feeds.kafka.gathering import Gathering
from ml_exporter.feeds.kafka.position import decode, encode
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings

_log = structlog.get_logger(__name__)

_WAIT = 0.25
"""Seconds that messages are waited for, so that a batch holds more than a few."""

_AT_ONCE = 1000
"""Messages that are taken from the client in one go."""

_LOOK_EVERY = 60.0
"""Seconds between two looks for partitions that are new."""

_TELL_EVERY = 5.0
"""Seconds between two times at which the brokers are told how far it is."""

_OF_A_PLACE = frozenset({KafkaError._PARTITION_EOF, KafkaError._AUTO_OFFSET_RESET})
"""What a partition tells of an offset."""


class KafkaFeed:
    """Reads partitions, each from where it stands; see ``Feed``."""

    def __init__(self, settings: KafkaFeedSettings, context: FeedContext, position: bytes | None) -> None:
        """Connect.

        Args:
            settings: of the feed.
            context: what every feed needs.
            position: where to begin; ``None``: as ``start`` says.

        Raises:
            FeedError: the position is none of Kafka, or the topics cannot be read; the message says why.
        """
        self._settings = settings
        self._clock = context.clock
        self._format = format_of(settings, context)
        self._lost = self._truncations = 0
        """Since the last batch."""

        stored = decode(position)
        self._client = Client(settings, context.folder)
        try:
            self._assignment = Assignment(self._client, settings, stored)
        except BaseException:
            self._client.close()
            raise
        self._looked = self._told = self._clock.now()

    def read(self) -> Batch | None:
        """Return the next batch: whatever comes in a fraction of a second, of all partitions."""
        if not 0 <= self._clock.now() - self._looked < _LOOK_EVERY:
            self._looked = self._clock.now()
            self._assignment.look()
        if self._settings.group is not None and not 0 <= self._clock.now() - self._told < _TELL_EVERY:
            self._told = self._clock.now()
            self._client.commit(self._assignment.held_offsets)
        gathering = Gathering()
        end = time.monotonic() + _WAIT
        while gathering.room and (left := end - time.monotonic()) > 0:
            for message in self._client.read(min(gathering.room, _AT_ONCE), left):
                self._take(message, gathering)
            self._assignment.settle()
            if (gathering.messages or gathering.rejections) and not self._assignment.behind:
                break
        if not (gathering.messages or gathering.rejections or self._worth_a_batch):
            return None
        return self._batch(gathering)

    def close(self) -> None:
        """Tell the brokers how far it is, leave the group and close connections."""
        if self._settings.group is not None:
            self._client.commit(self._assignment.held_offsets)
        self._client.close()

    @property
    def _worth_a_batch(self) -> bool:
        """Tell whether something has to become durable though no message came."""
        return self._assignment.moved or self._lost > 0 or self._truncations > 0

    def _take(self, message: Message, gathering: Gathering) -> None:
        """Take what the client gives: a message, the end of a partition, or an error."""
        error, assignment = message.error(), self._assignment
        partition = (cast("str", message.topic()), cast("int", message.partition()))
        offset = cast("int", message.offset())
        if partition not in assignment.held and (error is None or error.code() in _OF_A_PLACE):
            return  # it was taken away with this call, or given with it: the brokers' place is not ours
        if error is None:
            if offset >= assignment.next[partition]:  # one that came before it was given again comes twice
                assignment.next[partition] = offset + 1
                assignment.at_end.discard(partition)
                gathering.add(message)
        elif error.code() == KafkaError._PARTITION_EOF:
            # Markers of transactions are no messages: the end may lie behind the last one by some offsets.
            assignment.next[partition] = max(offset, assignment.next[partition])
            assignment.at_end.add(partition)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:
            self._go_on(*partition)
        else:
            raise explained(error, message.topic())

    def _go_on(self, topic: str, partition: int) -> None:
        """Go on where a partition does not hold the next message any more.

        Raises:
            FeedError: the feed is to stop there.
        """
        stood = self._assignment.next[topic, partition]
        earliest, end = self._client.watermarks(topic, partition)
        lost = max(0, earliest - stood)
        what = (
            f"{topic}[{partition}] begins at {earliest}, and {stood} was to be read next: {lost} messages were removed"
            if lost
            else f"{topic}[{partition}] ends at {end} before {stood}, which was to be read next: it was made anew"
        )
        if self._settings.out_of_range == "stop":
            raise FeedError(f"{what}; keep messages for longer, and to go on without them write out_of_range: earliest")
        _log.error("messages are gone", feed=self._settings.name, detail=what, goes_on_at=earliest)
        self._lost += lost
        self._truncations += stood > end
        self._assignment.next[topic, partition] = earliest
        self._assignment.again()

    def _batch(self, gathering: Gathering) -> Batch:
        decoded = self._format.decode(gathering)
        decoded = Decoded(decoded.events, (*gathering.rejections, *decoded.rejections))
        batch = Batch(
            feed=self._settings.name,
            events=decoded.events,
            rejections=decoded.rejections,
            position=encode(self._assignment.position),
            behind=self._assignment.behind,
            newest=decoded.newest,
            truncations=self._truncations,
            lost=self._lost,
            bytes_read=gathering.bytes_read,
            events_left=self._assignment.events_left,
        )
        self._lost = self._truncations = 0
        self._assignment.moved = False
        return batch
