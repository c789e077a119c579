"""Where a feed of SQL stands: behind which row, and of which shape the rows were."""

from typing import Any

import msgspec
import xxhash

from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql import keys
from ml_exporter.feeds.sql.keys import Key, Scalar
from ml_exporter.feeds.sql.settings import SqlFeedSettings

_Written = list[tuple[str, str]]


class SqlPosition(msgspec.Struct, frozen=True):
    """How far a feed has read."""

    cursor: tuple[str, ...]
    """The columns that it goes by."""

    source: str
    """A hash of what the user asked for: rows may have another shape once he asks for something else."""

    columns: tuple[str, ...]
    """The columns that events were read from."""

    after: _Written
    """The key of the last row."""

    again: _Written = []
    """Where the overlap begins, in the first column; none where that follows from the key, or there is no overlap."""

    @property
    def key(self) -> Key:
        """Return the key of the last row."""
        return keys.read(self.after)

    @property
    def floor(self) -> Scalar | None:
        """Return where the overlap begins."""
        return next(iter(keys.read(self.again)), None)


def source_of(settings: SqlFeedSettings) -> str:
    """Return the hash of what the user asks for."""
    asked: Any = [settings.table, settings.query, settings.fields, settings.events]
    return xxhash.xxh3_64_hexdigest(msgspec.json.encode(asked))


def encode(position: SqlPosition) -> bytes:
    """Return a position as bytes for the ledger."""
    return msgspec.json.encode(position)


def decode(stored: bytes) -> SqlPosition:
    """Read what ``encode`` wrote.

    Raises:
        FeedError: it is no position of SQL.
    """
    try:
        position = msgspec.json.decode(stored, type=SqlPosition)
        keys.read(position.after), keys.read(position.again)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, KeyError) as error:
        raise FeedError(
            f"the stored position is none of SQL ({error}); if the feed was of another kind before, give it a new"
            " name, otherwise restore the store from a backup"
        ) from None
    return position


def where(stored: bytes) -> str:
    """Say for people where a position stands.

    Raises:
        FeedError: it is none of SQL.
    """
    position = decode(stored)
    return keys.place(position.cursor, position.key)
