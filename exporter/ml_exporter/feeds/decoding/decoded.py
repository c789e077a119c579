"""What decoding yields: events that can be used, and the others with their reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_exporter.events import JoinedEvents
from ml_exporter.feeds.interface import Rejection, SingleEvents

SHOWN_BYTES = 2000
"""So much of an event stands in its rejection."""


@dataclass(frozen=True)
class Decoded:
    """What a piece of a source held."""

    events: SingleEvents
    rejections: tuple[Rejection, ...]
    """In the order of the source."""

    rejected: tuple[int, ...] = ()
    """The line or row of each, from 0."""

    raw: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Our field to its values, unusable ones too, nothing checked: for those who ask what is wrong with events."""

    @property
    def newest(self) -> float:
        """Return the time of the newest usable event, seconds since the epoch; 0 where there is none."""
        if not len(self.events):
            return 0.0
        if isinstance(self.events, JoinedEvents):
            return float(self.events.labels.timestamp.max())
        return float(self.events.timestamp.max())


def beginning(line: bytes) -> str:
    """Return a line as text, cut where it is long."""
    return line[:SHOWN_BYTES].decode("utf-8", errors="replace")
