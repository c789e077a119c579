"""Where a feed of a Delta table stands: in which version, and how many of the files that it adds are done with."""

import msgspec

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.objects.place import Place


class DeltaPosition(msgspec.Struct):
    """All that came before ``version`` is done with, and so many files of those that it adds."""

    version: int = -1
    """-1: nothing is known of the table yet."""

    whole: bool = True
    """Whether all files count that the version has: it is the first one. Otherwise those that it adds."""

    files: int = 0
    place: Place | None = None


def encode(position: DeltaPosition) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes | None) -> DeltaPosition:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of a table.
    """
    if stored is None:
        return DeltaPosition()
    try:
        return msgspec.json.decode(stored, type=DeltaPosition)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of a Delta table ({error}); if the feed was of another kind before, give it a"
            " new name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands.

    Raises:
        FeedError: it is none of a table.
    """
    position = decode(stored)
    if position.version < 0:
        return "no version yet"
    row = f", row {position.place.offset:,} of the next one" if position.place is not None else ""
    return f"version {position.version}, behind {position.files} of its files{row}"
