"""What stands beside the value of a message: its time and its key."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from ml_exporter.feeds.kafka.settings import KafkaFeedSettings


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
