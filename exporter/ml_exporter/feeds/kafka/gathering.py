"""A batch in the making: messages of several partitions."""

from dataclasses import dataclass, field

from confluent_kafka import Message

from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, MAXIMUM_ROWS, Rejection

MOST_BYTES = 8 * 1024 * 1024
"""A batch with more than this is full."""


@dataclass
class Gathering:
    """Collects messages until there are enough for a batch."""

    messages: list[Message] = field(default_factory=list)
    """Those that hold something to decode."""

    values: list[bytes] = field(default_factory=list)
    """What each of them holds."""

    rejections: list[Rejection] = field(default_factory=list)
    """Messages that hold nothing, or too much."""

    bytes_read: int = 0

    @property
    def room(self) -> int:
        """Return how many messages may still come."""
        rows = len(self.messages) + len(self.rejections)
        return max(0, MAXIMUM_ROWS - rows) if self.bytes_read < MOST_BYTES else 0

    def add(self, message: Message) -> None:
        """Add a message."""
        value = message.value()
        if value is None or not value.strip():
            self.rejections.append(
                Rejection("malformed", "the message is empty; send one event in each", place(message), "")
            )
            return
        self.bytes_read += len(value)
        if len(value) > MAXIMUM_EVENT_BYTES:
            limit = MAXIMUM_EVENT_BYTES // 1024
            detail = f"the message is larger than {limit} KiB; send less in one event"
            self.rejections.append(Rejection("too_large", detail, place(message), beginning(value)))
            return
        self.messages.append(message)
        self.values.append(value)


def place(message: Message) -> str:
    """Say where a message stands."""
    return f"{message.topic()}[{message.partition()}]@{message.offset()}"
