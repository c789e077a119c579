"""Everything between lines of JSON and a batch: what can be used, and what cannot with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter.config import FeedSettings
from ml_exporter.events import JoinedEvents
from ml_exporter.feeds.decoding.decoder import EventDecoder
from ml_exporter.feeds.decoding.json_lines import JsonLines
from ml_exporter.feeds.interface import Events, FeedContext, Rejection

_SHOWN_BYTES = 2000
"""So much of an event stands in its rejection."""


@dataclass(frozen=True)
class Decoded:
    """What lines held."""

    events: Events
    rejections: tuple[Rejection, ...]
    """In the order of the lines."""

    @property
    def newest(self) -> float:
        """Return the time of the newest usable event, seconds since the epoch; 0 where there is none."""
        if not len(self.events):
            return 0.0
        if isinstance(self.events, JoinedEvents):
            return float(self.events.labels.timestamp.max())
        return float(self.events.timestamp.max())


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
        return Decoded(usable.events, rejections)


def beginning(line: bytes) -> str:
    """Return a line as text, cut where it is long."""
    return line[:_SHOWN_BYTES].decode("utf-8", errors="replace")
