"""Everything between columns of plain values and a batch: for tables, queries, and whatever else has rows and names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding.decoded import Decoded, beginning
from ml_exporter.feeds.decoding.decoder import EventDecoder
from ml_exporter.feeds.decoding.flat import needed, raw_columns
from ml_exporter.feeds.decoding.plain_values import plain
from ml_exporter.feeds.interface import FeedContext, Rejection


class ColumnEvents:
    """Decodes the rows of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext) -> None:
        self._decoder = EventDecoder(settings, context)
        self._theirs = settings.fields

    def needed(self, names: Sequence[str]) -> list[str]:
        """Return the columns, of those that a source has, that hold any of the fields."""
        return needed(names, self._decoder.fields, self._theirs)

    def decode(self, columns: Mapping[str, Sequence[Any]], rows: int, place: Callable[[int], str]) -> Decoded:
        """Decode rows.

        Args:
            columns: the source's own names to its values; objects flat (``segment.country``) or as objects.
            rows: how many.
            place: says where a row, counted from 0, stands in the source.
        """
        raw = raw_columns(columns, lambda name: plain(columns[name]), rows, self._decoder.fields, self._theirs)
        usable = self._decoder.decode(raw)
        rejections = tuple(
            Rejection(reason, detail, place(row), beginning(_as_json(columns, row)))
            for row, (reason, detail) in sorted(usable.problems.found.items())
        )
        return Decoded(usable.events, rejections, tuple(sorted(usable.problems.found)), raw)


def _as_json(columns: Mapping[str, Sequence[Any]], row: int) -> bytes:
    return msgspec.json.encode({name: values[row] for name, values in columns.items()}, enc_hook=repr)
