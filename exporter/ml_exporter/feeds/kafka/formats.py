"""What messages hold: from values to events."""

from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from ml_exporter.feeds.decoding import Decoded, JsonEvents
from ml_exporter.feeds.interface import FeedContext
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
    """Return what decodes the messages of a feed."""
    return JsonMessages(settings, context)


def beside(settings: KafkaFeedSettings) -> dict[str, Callable[[Message], Any]]:
    """Return what the envelope of a message gives to an event that lacks it: our field to a function."""
    found: dict[str, Callable[[Message], Any]] = {}
    if settings.timestamp == "message":
        found["timestamp"] = _time
    if settings.key == "prediction_id":
        found["prediction_id"] = _key
    return found


def _time(message: Message) -> float | None:
    kind, milliseconds = message.timestamp()
    return None if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds / 1000


def _key(message: Message) -> str | None:
    key = message.key()
    try:
        return key if key is None or isinstance(key, str) else key.decode()
    except UnicodeDecodeError:
        return None
