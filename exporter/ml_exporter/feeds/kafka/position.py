"""Where a feed of Kafka stands: the next offset of every partition, and how many of them each topic began with."""

import msgspec

from ml_exporter.feeds.interface import FeedError

_SHOWN = 4
"""So many partitions are named to people."""


class TopicPosition(msgspec.Struct):
    """How far the partitions of a topic have been read."""

    count: int = 0
    """Partitions that the topic had when the feed first saw it: later ones are read whole."""

    next: dict[int, int] = msgspec.field(default_factory=dict)
    """Partition to the offset behind what has been read."""


Position = dict[str, TopicPosition]
"""Topic to where it has been read to. A topic or partition that is no longer read stays: it may come back."""


def encode(position: Position) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes | None) -> Position:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of Kafka.
    """
    if stored is None:
        return {}
    try:
        return msgspec.json.decode(stored, type=Position)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of Kafka ({error}); if the feed was of another kind before, give it a new"
            " name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands: ``payments[0]@41, [1]@7``.

    Raises:
        FeedError: it is none of Kafka.
    """
    told = []
    for topic, position in sorted(decode(stored).items()):
        offsets = [f"[{partition}]@{offset:,}" for partition, offset in sorted(position.next.items())]
        more = f" and {len(offsets) - _SHOWN} more" if len(offsets) > _SHOWN else ""
        told.append(f"{topic}{', '.join(offsets[:_SHOWN])}{more}")
    return "; ".join(told) or "no partition yet"
