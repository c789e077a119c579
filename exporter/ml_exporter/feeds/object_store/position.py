"""Where a feed of an object store stands: what is done with, and how far the object is that is being read."""

import msgspec

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.objects.place import Place

MOST_REMEMBERED = 20_000
"""So many objects are remembered one by one: the newest."""


class ObjectsPosition(msgspec.Struct):
    """All objects before ``floor`` are done with, and of those since then the ones that are remembered."""

    floor: float = 0.0
    """Seconds since the epoch, by the store's clock."""

    done: dict[str, float] = {}
    """Identity of an object to when it was modified."""

    place: Place | None = None
    newest: str = ""
    """The name of the object that was finished last."""

    def is_new(self, identity: str, modified: float) -> bool:
        """Tell whether an object is to be read."""
        return modified >= self.floor and identity not in self.done

    def finish(self, identity: str, key: str, modified: float, overlap: float) -> bool:
        """Remember that an object is done with, and forget what lies too far back.

        Returns:
            Whether all since ``overlap`` could be remembered.
        """
        self.done[identity] = modified
        self.newest = key
        self.floor = max(self.floor, modified - overlap)
        fits = len(self.done) <= MOST_REMEMBERED
        if not fits:
            self.floor = sorted(self.done.values())[-MOST_REMEMBERED // 2]
        if not fits or len(self.done) % 64 == 0:  # not for each: it takes as long as there are many
            self.done = {one: time for one, time in self.done.items() if time >= self.floor}
        return fits


def encode(position: ObjectsPosition) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes | None) -> ObjectsPosition:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of objects.
    """
    if stored is None:
        return ObjectsPosition()
    try:
        return msgspec.json.decode(stored, type=ObjectsPosition)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FeedError(
            f"the stored position is none of an object store ({error}); if the feed was of another kind before, give it"
            " a new name, otherwise restore the store from a backup"
        ) from None


def where(stored: bytes) -> str:
    """Say for people where a position stands.

    Raises:
        FeedError: it is none of objects.
    """
    position = decode(stored)
    if position.place is not None:
        return f"in {position.place.key}, {position.place.offset:,}"
    return f"behind {position.newest}" if position.newest else "no object yet"
