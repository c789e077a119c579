"""Where a feed of tallies stands: which batches of which streams have been counted."""

from bisect import bisect_left

import msgspec

from ml_exporter.feeds.interface import FeedError


class Unfinished(msgspec.Struct):
    """A file that has been counted in part."""

    stream: str
    batch: int
    rows: int
    """So many have been counted."""

    digest: str
    """Of its header: it has to be the same file when the rest is counted."""


class Position(msgspec.Struct):
    """Batches by stream, as ranges of their numbers, both ends included, rising."""

    counted: dict[str, list[tuple[int, int]]] = msgspec.field(default_factory=dict)
    unfinished: Unfinished | None = None

    def has(self, stream: str, batch: int) -> bool:
        """Tell whether a batch has been counted to its end."""
        ranges = self.counted.get(stream, [])
        place = bisect_left(ranges, (batch + 1,)) - 1
        return place >= 0 and batch <= ranges[place][1]

    def add(self, stream: str, batch: int) -> None:
        """Note that a batch has been counted to its end."""
        ranges = sorted([*self.counted.get(stream, []), (batch, batch)])
        merged: list[tuple[int, int]] = []
        for first, last in ranges:
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        self.counted[stream] = merged


def encode(position: Position) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes | None) -> Position:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of tallies.
    """
    if stored is None:
        return Position()
    try:
        return msgspec.json.decode(stored, type=Position, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of tallies ({error}); if the feed was of another kind before, give it a new"
            " name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands.

    Raises:
        FeedError: it is none of tallies.
    """
    position = decode(stored)
    if position.unfinished is not None:
        part = position.unfinished
        return f"batch {part.batch} of {part.stream}, row {part.rows:,}"
    if not position.counted:
        return "no file yet"
    newest = [f"{stream} to batch {ranges[-1][1]}" for stream, ranges in sorted(position.counted.items())]
    return ", ".join(newest[:3]) + (f", and {len(newest) - 3} more" if len(newest) > 3 else "")
