"""What messages hold: from values to events."""

from typing import Protocol

from ml_exporter.feeds.decoding import Decoded, JsonEvents
from ml_exporter.feeds.interface import FeedContext
from ml_exporter.feeds.kafka.beside import beside
from ml_exporter.feeds.kafka.gathering import Gathering, place
from ml_exporter.feeds.kafka.settings import KafkaFeedSettings


class Format(Protocol):
    """Decodes the messages of one feed."""

    def decode(self, gathering: Gathering) -> Decoded:
        """Decode messages, and reject those that cannot be used."""
        ...


class JsonMessages:
    """Messages of one JSON object each."""

    def __init__(self, settings: KafkaFeedSettings, context: FeedContext) -> None:
        self._events = JsonEvents(settings, context, piece="message")
        self._beside = beside(settings)

    def decode(self, gathering: Gathering) -> Decoded:
        """Decode messages, and reject those that cannot be used."""
        messages = gathering.messages
        otherwise = {name: list(map(taken, messages)) for name, taken in self._beside.items()}
        return self._events.decode(gathering.values, lambda row: place(messages[row]), otherwise)


def format_of(settings: KafkaFeedSettings, context: FeedContext) -> Format:
    """Return what decodes the messages of a feed; the library of Avro, which is optional, is loaded only for it."""
    if settings.format == "avro" and settings.schema_registry is not None:
        from ml_exporter.feeds.kafka.avro import AvroMessages  # noqa: PLC0415 - see above

        return AvroMessages(settings, settings.schema_registry, context)
    return JsonMessages(settings, context)
