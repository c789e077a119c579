"""A cluster of Kafka on loopback: the brokers that librdkafka brings along for its own tests. Others reach it, too."""

import ctypes
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition

_TEXT = ctypes.c_char_p
_POINTER = ctypes.c_void_p
_SIGNATURES = {
    "rd_kafka_conf_new": (_POINTER, []),
    "rd_kafka_conf_set": (ctypes.c_int, [_POINTER, _TEXT, _TEXT, _TEXT, ctypes.c_size_t]),
    "rd_kafka_new": (_POINTER, [ctypes.c_int, _POINTER, _TEXT, ctypes.c_size_t]),
    "rd_kafka_destroy": (None, [_POINTER]),
    "rd_kafka_mock_cluster_new": (_POINTER, [_POINTER, ctypes.c_int]),
    "rd_kafka_mock_cluster_destroy": (None, [_POINTER]),
    "rd_kafka_mock_cluster_bootstraps": (_TEXT, [_POINTER]),
    "rd_kafka_mock_topic_create": (ctypes.c_int, [_POINTER, _TEXT, ctypes.c_int, ctypes.c_int]),
    "rd_kafka_mock_topic_set_error": (None, [_POINTER, _TEXT, ctypes.c_int]),
    "rd_kafka_mock_partition_delete_records": (
        ctypes.c_int,
        [_POINTER, _TEXT, ctypes.c_int32, ctypes.c_int64],
    ),
    "rd_kafka_mock_broker_set_down": (ctypes.c_int, [_POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (ctypes.c_int, [_POINTER, ctypes.c_int32]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_POINTER, ctypes.c_int32]),
}


def _library() -> ctypes.CDLL:
    folder = Path(confluent_kafka.__file__).parent.with_suffix(".libs")
    library = ctypes.CDLL(str(next(folder.glob("librdkafka*"))))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Cluster:
    """One broker. Of a partition it keeps the newest 5 MB, 100,000 messages at most: the rest is gone."""

    def __init__(self) -> None:
        self._library = _library()
        said = ctypes.create_string_buffer(512)
        conf = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(conf, b"log_level", b"0", said, len(said))
        self._handle = self._library.rd_kafka_new(0, conf, said, len(said))
        assert self._handle, said.value
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._handle, 1)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 50)
        self.address: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self._numbers = itertools.count()

    def topic(self, partitions: int = 1, name: str | None = None) -> str:
        """Make a topic, and return its name."""
        name = name or f"topic-{next(self._numbers)}"
        assert self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1) == 0
        return name

    def refuse(self, topic: str, error: int) -> None:
        """Answer what is asked of a topic with an error; 0: no more."""
        self._library.rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), error)

    def remove_before(self, topic: str, partition: int, offset: int) -> None:
        """Remove messages, as retention does."""
        code = self._library.rd_kafka_mock_partition_delete_records(self._cluster, topic.encode(), partition, offset)
        assert code == 0

    def committed(self, group: str, topic: str, partitions: int) -> list[int]:
        """Return the offsets that a group has told, by partition."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group})
        try:
            asked = [TopicPartition(topic, partition) for partition in range(partitions)]
            return [told.offset for told in consumer.committed(asked, timeout=30)]
        finally:
            consumer.close()

    def down(self) -> None:
        """Close the broker's connections, and take no others."""
        assert self._library.rd_kafka_mock_broker_set_down(self._cluster, 1) == 0

    def up(self) -> None:
        """Take connections again."""
        assert self._library.rd_kafka_mock_broker_set_up(self._cluster, 1) == 0

    def close(self) -> None:
        """End it."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)

    def produce(
        self,
        topic: str,
        values: Sequence[bytes | None],
        *,
        keys: Sequence[str] | None = None,
        partition: int | None = None,
        timestamp: float | None = None,
    ) -> None:
        """Send messages, and see that all have arrived.

        Args:
            topic: the topic.
            values: what they hold.
            keys: their keys, which choose the partitions as Java clients do.
            partition: the one that takes all of them.
            timestamp: seconds since the epoch; default: now.
        """
        producer = Producer({"bootstrap.servers": self.address, "partitioner": "murmur2_random", "linger.ms": 1})
        place = {} if partition is None else {"partition": partition}
        milliseconds = int(1000 * (time.time() if timestamp is None else timestamp))
        for number, value in enumerate(values):
            key = {} if keys is None else {"key": keys[number]}
            producer.produce(topic, value, timestamp=milliseconds, **key, **place)
            if number % 10_000 == 0:
                producer.poll(0)
        assert producer.flush(30) == 0


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster while the context lasts."""
    running = Cluster()
    try:
        yield running
    finally:
        running.close()
