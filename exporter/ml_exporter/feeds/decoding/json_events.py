"""Everything between lines of JSON and a batch: what can be used, and what cannot with its reason."""

from collections.abc import Callable, Sequence

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.decoding.decoded import Decoded, beginning
from ml_exporter.feeds.decoding.decoder import EventDecoder
from ml_exporter.feeds.decoding.json_lines import JsonLines
from ml_exporter.feeds.interface import FeedContext, Rejection


class JsonEvents:
    """Decodes lines of one feed."""

    def __init__(self, settings: FeedSettings, context: FeedContext) -> None:
        self._decoder = EventDecoder(settings, context)
        self._lines = JsonLines(self._decoder.fields, settings.fields)

    def decode(self, lines: Sequence[bytes], place: Callable[[int], str]) -> Decoded:
        """Decode lines, one object each.

        Args:
            lines: without their newlines; blank ones are passed over.
            place: says where a line, counted from 0, stands in the source.
        """
        raw = self._lines.decode(lines)
        usable = self._decoder.decode(raw.columns)
        wrong = dict(raw.problems.found)
        wrong.update((raw.lines[row], problem) for row, problem in usable.problems.found.items())
        rejections = tuple(
            Rejection(reason, detail, place(line), beginning(lines[line]))
            for line, (reason, detail) in sorted(wrong.items())
        )
        return Decoded(usable.events, rejections, tuple(sorted(wrong)), raw.columns)
