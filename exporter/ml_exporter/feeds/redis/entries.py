"""What entries hold: from their fields to events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ml_exporter.feeds.decoding import ColumnEvents, Decoded, JsonEvents
from ml_exporter.feeds.decoding.cells import cell_values, field_of
from ml_exporter.feeds.decoding.decoded import beginning
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES, MAXIMUM_ROWS, FeedContext, Reason, Rejection
from ml_exporter.feeds.redis.client import Entry
from ml_exporter.feeds.redis.settings import RedisFeedSettings

_MOST_BYTES = 8 * 1024 * 1024
"""A batch with more than this is full."""


@dataclass
class Gathered:
    """Entries of several streams, in their order."""

    places: list[str] = field(default_factory=list)
    """Where each stands: ``stream@id``."""

    entries: list[Entry] = field(default_factory=list)
    size: int = 0
    """Bytes that they hold."""

    @property
    def room(self) -> int:
        """Return how many entries may still come."""
        return max(0, MAXIMUM_ROWS - len(self.entries)) if self.size < _MOST_BYTES else 0

    def add(self, key: str, entries: Sequence[Entry]) -> None:
        """Add entries of a stream."""
        self.places += [f"{key}@{identifier}" for identifier, _ in entries]
        self.entries += entries
        self.size += sum(_size(fields) for _, fields in entries)

    def take(self, rows: Sequence[int]) -> "Gathered":
        """Return some of them."""
        return Gathered([self.places[row] for row in rows], [self.entries[row] for row in rows])


class Entries:
    """Decodes the entries of one feed."""

    def __init__(self, settings: RedisFeedSettings, context: FeedContext) -> None:
        """Prepare for one feed.

        Args:
            settings: of the feed.
            context: what every feed needs.
        """
        self._settings = settings
        self._json = JsonEvents(settings, context, piece="entry") if settings.format == "json" else None
        self._columns = ColumnEvents(settings, context)

    def decode(self, gathered: Gathered) -> Decoded:
        """Decode entries, and reject those that cannot be used."""
        small = [row for row, (_, fields) in enumerate(gathered.entries) if _size(fields) <= MAXIMUM_EVENT_BYTES]
        limit = MAXIMUM_EVENT_BYTES // 1024
        large = _others(gathered, small, f"the entry is larger than {limit} KiB; send less in one event", "too_large")
        kept = gathered.take(small) if large else gathered
        found = self._as_json(kept, self._json) if self._json is not None else self._as_fields(kept)
        return Decoded(found.events, (*large, *found.rejections))

    def _as_json(self, gathered: Gathered, events: JsonEvents) -> Decoded:
        name = self._settings.json_field.encode()
        there = [row for row, (_, fields) in enumerate(gathered.entries) if fields.get(name, b"").strip()]
        detail = (
            f"the entry has no field {self._settings.json_field!r}; write the event into it, or correct `json_field`"
        )
        missing = _others(gathered, there, detail)
        kept = gathered.take(there)
        otherwise = {"timestamp": _times(kept)} if self._settings.timestamp == "entry" else {}
        decoded = events.decode([fields[name] for _, fields in kept.entries], kept.places.__getitem__, otherwise)
        return Decoded(decoded.events, (*missing, *decoded.rejections))

    def _as_fields(self, gathered: Gathered) -> Decoded:
        texts = [_texts(fields) for _, fields in gathered.entries]
        there = [row for row, text in enumerate(texts) if text is not None]
        missing = _others(gathered, there, "the entry holds bytes that are no UTF-8; write texts")
        kept = gathered.take(there)
        rows = [text for text in texts if text is not None]
        names = dict.fromkeys(name for row in rows for name in row)
        theirs = self._settings.fields
        columns: dict[str, Sequence[Any]] = {
            name: cell_values(pl.Series([row.get(name) for row in rows], dtype=pl.String), field_of(name, theirs))
            for name in names
        }
        if self._settings.timestamp == "entry":
            name = theirs.get("timestamp", "timestamp")
            own, times = columns.get(name, [None] * len(rows)), _times(kept)
            columns[name] = [time if value is None else value for value, time in zip(own, times, strict=True)]
        decoded = self._columns.decode(columns, len(rows), kept.places.__getitem__)
        return Decoded(decoded.events, (*missing, *decoded.rejections))


def _size(fields: Mapping[bytes, bytes]) -> int:
    return sum(map(len, fields.values()))


def _others(gathered: Gathered, there: Sequence[int], detail: str, reason: Reason = "malformed") -> list[Rejection]:
    """Return rejections of the entries that are not there."""
    left = sorted(set(range(len(gathered.entries))) - set(there))
    return [
        Rejection(reason, detail, gathered.places[row], beginning(repr(gathered.entries[row][1]).encode()))
        for row in left
    ]


def _texts(fields: Any) -> dict[str, str] | None:
    try:
        return {name.decode(): value.decode() for name, value in fields.items()}
    except UnicodeDecodeError:
        return None


def _times(gathered: Gathered) -> list[float]:
    """Return when entries were added, by the server's clock: their ids tell."""
    return [int(identifier.partition("-")[0]) / 1000 for identifier, _ in gathered.entries]
