"""What a feed of Kafka can be told."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ml_exporter.config import FeedSettings
from ml_exporter.config.base import Wrong
from ml_exporter.feeds.kafka.access import SaslSettings, SchemaRegistrySettings, TlsSettings
from ml_exporter.feeds.kafka.options import Option, wrong_options
from ml_exporter.feeds.kafka.replica import Replica

_NAME = r"^[A-Za-z0-9._-]{1,249}$"
"""What Kafka takes as the name of a topic."""

Topic = Annotated[str, Field(pattern=_NAME)]


def _start(value: str) -> str:
    """Refuse what is neither a word nor a moment."""
    if value in ("earliest", "latest"):
        return value
    try:
        zoned = datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        raise ValueError(
            f"{value!r} is no beginning; write earliest, latest, or a moment with its offset: 2026-01-01T00:00:00Z"
        )
    return value


def _can_be_chosen(partitions: Any) -> bool:
    """Tell whether partitions are given in one of the forms: one message is better than one for each form."""
    if isinstance(partitions, dict):
        return partitions.keys() == {"replica", "of"} and all(str(one).isdecimal() for one in partitions.values())
    if isinstance(partitions, list):
        return bool(partitions) and all(str(one).isdecimal() for one in partitions)
    return partitions in ("all", "group")


class KafkaFeedSettings(FeedSettings):
    """Messages of Kafka."""

    kind: Literal["kafka"]
    """Messages of Kafka topics, one event a message."""

    brokers: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    """Some brokers of the cluster, as host:port; they name the others."""

    topic: Topic | None = None
    """The topic to read. Either this or `topics`."""

    topics: Annotated[list[Topic], Field(min_length=1)] | None = None
    """Several topics with events of the same kind."""

    partitions: (
        Literal["all", "group"] | Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | Replica
    ) = "all"
    """Which partitions to read: `all` of them, a list `[0, 1]`, the share of a replica `{replica: 0, of: 3}`, or those
    that the `group` gives to its members (for failover; not to share the work, see docs/feeds/kafka.md)."""

    group: str | None = Field(default=None, min_length=1)
    """The consumer group under which the brokers are told, every five seconds, how far it is: for tools that watch lag.
    The exporter itself goes on from its own store. Default: they are told nothing."""

    format: Literal["json", "avro"] = "json"
    """What a message holds: `json`, one object; `avro`, one record in the wire format of a schema registry."""

    schema_registry: SchemaRegistrySettings | None = None
    """Where the schemas of Avro messages are."""

    start: Annotated[str, AfterValidator(_start)] = "earliest"
    """Where a partition begins that the store knows nothing of: `earliest`, `latest`, or the first message from a
    moment on: `2026-01-01T00:00:00Z`."""

    out_of_range: Literal["earliest", "stop"] = "earliest"
    """What to do where messages were removed before they were read: go on with the `earliest` that is there, or
    `stop`."""

    timestamp: Literal["event", "message"] = "event"
    """With `message`, an event without a time of its own has that of its message."""

    key: Literal["prediction_id"] | None = None
    """With `prediction_id`, an event without one has its message's key for it."""

    tls: TlsSettings | None = None
    """Encryption: `{}` trusts the authorities that the system trusts."""

    sasl: SaslSettings | None = None
    """Who the exporter is, by name and password."""

    options: dict[str, Option] = Field(default_factory=dict)
    """Further properties of [librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md), as
    they are written there. Secrets only as `${NAME}`."""

    @property
    def all_topics(self) -> tuple[str, ...]:
        """Return the topics."""
        return (self.topic,) if self.topic is not None else tuple(self.topics or ())

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find what is given twice or not at all, options that are refused, and libraries that are missing."""
        yield from super().between(values)
        given = [key for key in ("topic", "topics") if values.get(key)]
        if len(given) != 1:
            yield (), f"has {' and '.join(given) or 'neither'} of topic and topics; give exactly one of them"
        topics, partitions = values.get("topics"), values.get("partitions", "all")
        if not _can_be_chosen(partitions):
            yield ("partitions",), "are chosen as all, group, a list of numbers, or {replica: NUMBER, of: NUMBER}"
        if isinstance(topics, list) and len(set(map(str, topics))) < len(topics):
            yield ("topics",), "names a topic twice; name each once"
        if isinstance(partitions, list) and len(set(map(str, partitions))) < len(partitions):
            yield ("partitions",), "names a partition twice; name each once"
        if partitions == "group" and values.get("group") is None:
            yield ("partitions",), "needs the name of the group; give `group: NAME`"
        avro, registry = values.get("format") == "avro", values.get("schema_registry") is not None
        if avro and not registry:
            yield ("format",), "needs the schemas; give `schema_registry: {url: ...}`"
        if registry and not avro:
            yield ("schema_registry",), "is read for Avro alone; write `format: avro`, or leave it out"
        yield from wrong_options(values.get("options"))
        if find_spec("confluent_kafka") is None:
            yield ("kind",), 'needs the package confluent-kafka: pip install "ml-exporter[kafka]"'
        elif avro and find_spec("fastavro") is None:
            yield ("format",), 'needs the package fastavro: pip install "ml-exporter[kafka-avro]"'
