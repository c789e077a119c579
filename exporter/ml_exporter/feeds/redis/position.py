"""Where a feed of Redis streams stands: the last entry that was read of each."""

import msgspec

from ml_exporter.feeds.interface import FeedError

BEGIN = "0-0"
"""Before every entry."""


class StreamPosition(msgspec.Struct):
    """How far a stream has been read."""

    last: str = BEGIN
    """The id of the last entry that was read."""

    read: int | None = None
    """How many entries had been added to the stream up to it; ``None``: the server does not tell (before Redis 7)."""


Position = dict[str, StreamPosition]
"""Key to where the stream has been read to."""


def order(identifier: str) -> tuple[int, int]:
    """Return what ids are compared by: milliseconds and sequence."""
    milliseconds, _, sequence = identifier.partition("-")
    return int(milliseconds), int(sequence or 0)


def encode(position: Position) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes | None) -> Position:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of streams.
    """
    if stored is None:
        return {}
    try:
        return msgspec.json.decode(stored, type=Position)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of Redis ({error}); if the feed was of another kind before, give it a new"
            " name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands: ``predictions behind 1700000000000-3``.

    Raises:
        FeedError: it is none of streams.
    """
    return "; ".join(f"{key} behind {one.last}" for key, one in sorted(decode(stored).items())) or "no entry yet"
