"""The client of a cluster: librdkafka's, told what the feed is, its errors as those of a feed."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.kafka.access import read_secret
from ml_exporter.feeds.kafka.explaining import TELLING, explained, unreachable
from ml_exporter.feeds.kafka.options import as_property
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings

_PATIENCE = 5.0
"""Seconds that a broker may take to answer a question."""

_NO_GROUP = "ml-exporter"
"""The client wants the name of a group also where it joins none and commits nothing."""


class Client:
    """Asks and reads. Not safe for use by several threads at once."""

    def __init__(self, settings: KafkaFeedSettings, folder: Path) -> None:
        """Begin to connect.

        Args:
            settings: of the feed.
            folder: where relative paths of it start.

        Raises:
            FeedError: a property is none of librdkafka's, or a file of it cannot be read.
        """
        self._brokers = settings.brokers
        self._told: deque[KafkaError] = deque(maxlen=20)
        self._down: KafkaError | None = None
        try:
            self.consumer = Consumer({**properties(settings, folder), "error_cb": self._note})
        except KafkaException as error:
            raise FeedError(f"{error.args[0].str()}; correct `options`, `tls` or `sasl`") from None

    def read(self, most: int, seconds: float) -> list[Message]:
        """Return messages, ends of partitions among them: at most so many, waiting at most so long.

        Raises:
            FeedError: there are none, and a reason for it.
        """
        messages: list[Message] = self.consumer.consume(most, timeout=seconds)
        if messages:
            self._down = None
        elif self._down is not None:
            raise unreachable(self._brokers, self._told, self._down)
        return messages

    def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has.

        Raises:
            FeedError: it has none, may not be read, or nobody answers.
        """
        try:
            found = self.consumer.list_topics(topic, timeout=_PATIENCE).topics[topic]
        except KafkaException as error:
            self.consumer.poll(0)  # takes up what the connections have told
            raise unreachable(self._brokers, self._told, error.args[0]) from None
        if found.error is not None:
            raise explained(found.error, topic)
        return len(found.partitions)

    def watermarks(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset of a partition, and the one behind its last.

        Raises:
            FeedError: nobody answers.
        """
        try:
            found = self.consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_PATIENCE)
        except KafkaException as error:
            raise explained(error.args[0], topic) from None
        if found is None:
            raise FeedError(f"topic {topic}: the broker does not tell its offsets in {_PATIENCE:g} seconds")
        return found

    def known_end(self, topic: str, partition: int) -> int | None:
        """Return the offset behind the last message of a partition, as the newest fetch told; ``None``: none did."""
        found = self.consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
        return found[1] if found is not None and found[1] >= 0 else None

    def offset_at(self, topic: str, partition: int, time: float) -> int | None:
        """Return the offset of the first message of a time or later; ``None``: there is none.

        Raises:
            FeedError: nobody answers.
        """
        asked = [TopicPartition(topic, partition, int(time * 1000))]
        try:
            found = self.consumer.offsets_for_times(asked, timeout=_PATIENCE)[0]
        except KafkaException as error:
            raise explained(error.args[0], topic) from None
        if found.error is not None:
            raise explained(found.error, topic)
        return found.offset if found.offset >= 0 else None

    def commit(self, offsets: Sequence[TopicPartition]) -> None:
        """Tell the brokers how far it is, for tools that watch lag. A courtesy: where it fails, it is left out."""
        try:
            if offsets:
                self.consumer.commit(offsets=list(offsets), asynchronous=True)
        except KafkaException:
            return

    def close(self) -> None:
        """Leave the group and close connections."""
        self.consumer.close()

    def _note(self, error: KafkaError) -> None:
        self._told.append(error)
        if error.code() in TELLING:
            self._down = error


def properties(settings: KafkaFeedSettings, folder: Path) -> dict[str, Any]:
    """Return the properties of librdkafka that the settings mean.

    Raises:
        FeedError: a file of a secret cannot be read.
    """
    found: dict[str, Any] = {
        "client.id": f"ml-exporter-{settings.name}",
        "isolation.level": "read_committed",
        "queued.max.messages.kbytes": 32_768,
        "topic.metadata.refresh.interval.ms": 60_000,
        "log_level": 0,  # what matters comes by error_cb
    }
    if settings.partitions != "group":
        found["max.poll.interval.ms"] = 86_400_000  # it is in no group that could give its partitions to others
    if settings.tls is not None or settings.sasl is not None:
        found["security.protocol"] = "_".join(
            [*(["SASL"] if settings.sasl else []), "SSL" if settings.tls is not None else "PLAINTEXT"]
        )
    if tls := settings.tls:
        paths = {"ssl.ca.location": tls.ca_file, "ssl.certificate.location": tls.cert_file}
        paths["ssl.key.location"] = tls.key_file
        found |= {name: str(folder / path) for name, path in paths.items() if path is not None}
        if tls.key_password_file is not None:
            found["ssl.key.password"] = read_secret(folder / tls.key_password_file)
    if sasl := settings.sasl:
        found |= {"sasl.mechanism": sasl.mechanism, "sasl.username": sasl.username}
        found["sasl.password"] = sasl.secret(folder)
    found |= {name: as_property(value) for name, value in settings.options.items()}
    return found | {
        "bootstrap.servers": ",".join(settings.brokers),
        "group.id": settings.group or _NO_GROUP,
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
    }
