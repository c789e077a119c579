"""Everything between lines of JSON and a batch: what can be used, and what cannot with its reason."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding.decoded import Decoded, beginning
from ml_exporter.feeds.decoding.decoder import EventDecoder
from ml_exporter.feeds.decoding.json_lines import JsonLines
from ml_exporter.feeds.interface import FeedContext, Rejection


class JsonEvents:
    """Decodes lines of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext, piece: str = "line") -> None:
        """Prepare for one feed.

        Args:
            settings: of the feed.
            context: what every feed needs.
            piece: what the source calls that which holds one event.
        """
        self._decoder = EventDecoder(settings, context)
        self._lines = JsonLines(self._decoder.fields, settings.fields, piece)

    def decode(
        self,
        lines: Sequence[bytes],
        place: Callable[[int], str],
        otherwise: Mapping[str, Sequence[Any]] | None = None,
    ) -> Decoded:
        """Decode lines, one object each.

        Args:
            lines: without their newlines; blank ones are passed over.
            place: says where a line, counted from 0, stands in the source.
            otherwise: our field to what stands in for it where a line has none, one for each line.
        """
        raw = self._lines.decode(lines)
        columns = {**raw.columns}
        for field, values in (otherwise or {}).items():
            given = zip(columns[field], raw.lines, strict=True)
            columns[field] = [values[line] if value is None else value for value, line in given]
        usable = self._decoder.decode(columns)
        wrong = dict(raw.problems.found)
        wrong.update((raw.lines[row], problem) for row, problem in usable.problems.found.items())
        rejections = tuple(
            Rejection(reason, detail, place(line), beginning(lines[line]))
            for line, (reason, detail) in sorted(wrong.items())
        )
        return Decoded(usable.events, rejections, tuple(sorted(wrong)), raw.columns)
