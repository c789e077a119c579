"""Messages of Avro: a zero, the number of the schema in four bytes, and one record."""

import io
from typing import Any

import fastavro

from ml_exporter.feeds.decoding import ColumnEvents, Decoded
from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.interface import FeedContext, Rejection
from ml_exporter.feeds.kafka.access import SchemaRegistrySettings
from ml_exporter.feeds.kafka.beside import beside
from ml_exporter.feeds.kafka.gathering import Gathering, place
from ml_exporter.feeds.kafka.schemas import Schemas, UnknownSchemaError
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings

_HEAD = 5
"""Bytes before the record."""


class AvroMessages:
    """Messages of one record each, in the wire format of a schema registry."""

    def __init__(self, settings: KafkaFeedSettings, registry: SchemaRegistrySettings, context: FeedContext) -> None:
        """Prepare for one feed.

        Args:
            settings: of the feed.
            registry: where the schemas are.
            context: what every feed needs.

        Raises:
            FeedError: a file of the registry's settings cannot be read.
        """
        self._schemas = Schemas(registry, context.folder)
        self._events = ColumnEvents(settings, context)
        self._beside = {settings.fields.get(field, field): taken for field, taken in beside(settings).items()}

    def decode(self, gathering: Gathering) -> Decoded:
        """Decode messages, and reject those that cannot be used.

        Raises:
            FeedError: the registry does not tell a schema.
        """
        records, messages, rejections = [], [], []
        for message, value in zip(gathering.messages, gathering.values, strict=True):
            try:
                records.append(self._record(value))
                messages.append(message)
            except UnknownSchemaError as error:
                rejections.append(Rejection("malformed", str(error), place(message), beginning(value)))
        columns: dict[str, list[Any]] = {name: [] for record in records for name in record}
        for name in columns:
            columns[name] = [record.get(name) for record in records]
        for name, taken in self._beside.items():
            own = columns.get(name) or [None] * len(records)
            columns[name] = [
                taken(message) if value is None else value for value, message in zip(own, messages, strict=True)
            ]
        decoded = self._events.decode(columns, len(records), lambda row: place(messages[row]))
        return Decoded(decoded.events, (*rejections, *decoded.rejections), decoded.rejected, decoded.raw)

    def _record(self, value: bytes) -> dict[str, Any]:
        """Return the record of a message.

        Raises:
            UnknownSchemaError: there is none to be read; the message says why.
            FeedError: the registry does not tell its schema.
        """
        if len(value) < _HEAD or value[0] != 0:
            raise UnknownSchemaError(
                "the message is not in the wire format of a schema registry; send it with its serializer"
            )
        number = int.from_bytes(value[1:_HEAD], "big")
        schema = self._schemas.of(number)
        try:
            record: Any = fastavro.schemaless_reader(io.BytesIO(value[_HEAD:]), schema, None)
        except Exception as error:  # noqa: BLE001 - bytes at random raise whatever a parser can
            raise UnknownSchemaError(
                f"the message is no record of schema {number} ({type(error).__name__}: {error})"
            ) from None
        if not isinstance(record, dict):
            raise UnknownSchemaError(f"schema {number} describes no record; send one record a message")
        return record
