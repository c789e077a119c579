"""What a feed is: a source that yields batches, each with a position that can be committed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ml_exporter.clock import Clock
from ml_exporter.config import FeedSettings, ModelSettings
from ml_exporter.events import JoinedEvents, Labels, Predictions, TalliedEvents
from ml_exporter.feeds.receiving import Inboxes

Reason = Literal["malformed", "missing_field", "bad_value", "bad_timestamp", "unknown_model", "too_large"]
"""Why an event could not be used."""

SingleEvents = Predictions | Labels | JoinedEvents
"""What decoding yields."""

Events = SingleEvents | TalliedEvents
"""What a batch holds."""

MAXIMUM_ROWS = 20_000
"""A batch has at most this many events."""

MAXIMUM_EVENT_BYTES = 1024 * 1024
"""A larger event is rejected as too large."""

FUTURE_TOLERANCE = 300.0
"""Seconds that an event may be ahead of the clock."""


@dataclass(frozen=True)
class Rejection:
    """An event that could not be used."""

    reason: Reason
    detail: str
    """What is wrong and what to do, for a person."""

    place: str
    """Where it stands: file and byte offset, topic and offset, ..."""

    event: str
    """Its text, cut where it is long."""


@dataclass(frozen=True)
class Batch:
    """What a feed read in one go. It becomes durable as a whole, together with its position."""

    feed: str
    events: Events
    """The usable events; possibly none of them."""

    rejections: tuple[Rejection, ...]
    position: bytes
    """Where the feed stands after this batch: what ``open`` takes to go on from here."""

    behind: bool
    """Whether more can be read right now."""

    newest: float
    """Time of the newest usable event, seconds since the epoch; 0 where there is none."""

    truncations: int = 0
    """Files found shorter than what had been read of them."""

    lost: int = 0
    """Events that the source removed before they were read, as far as it tells."""

    bytes_read: int | None = None
    """How much of the source it is; ``None``: nobody knows."""

    bytes_left: int | None = None
    """How much can be read right now behind it; ``None``: nobody knows."""

    committed: Callable[[NDArray[np.bool_]], None] | None = None
    """Called once the batch is durable, with what ``Engine.process`` returns: a sender waits for it. It must return at
    once, and fail never."""

    events_left: int | None = None
    """How many events lie behind it in the source; ``None``: nobody knows."""

    @property
    def read(self) -> int:
        """Return the number of events read, rejected ones included."""
        return len(self.events) + len(self.rejections)


class FeedError(Exception):
    """The source cannot be read for now; the message says what, where and what to do. It is tried again."""


class PartlyUnreadable(FeedError):
    """A part of the source cannot be read for now, and the rest holds nothing new; the feed stays open."""


class Feed(Protocol):
    """An open source of events. Not safe for use by several threads at once."""

    def read(self) -> Batch | None:
        """Return the next batch, or ``None`` where there is nothing new.

        Raises:
            FeedError: the source cannot be read for now; a later call tries again from the same position.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True)
class FeedContext:
    """What every feed needs beside its own settings."""

    folder: Path
    """The folder of the configuration file: relative paths start there."""

    models: Mapping[str, ModelSettings]
    """The models whose events the feed may carry, by name."""

    clock: Clock
    inboxes: Inboxes = field(default_factory=Inboxes, compare=False)
    """Where the server leaves what is sent to feeds."""


@dataclass(frozen=True)
class FeedKind:
    """A kind of feed: each module of this package that has one defines it as the constant ``FEED``."""

    kind: str
    settings: type[FeedSettings]
    open: Callable[[FeedSettings, FeedContext, bytes | None], Feed]
    """Opens the feed at a position; ``None`` means the beginning."""

    where: Callable[[bytes], str] | None = None
    """Says for people where a position stands."""

    to_look: Callable[[FeedSettings], FeedSettings] | None = None
    """Returns the settings for somebody who only looks: nothing is told to the source. ``None``: they do anyhow."""

    acknowledges: bool = False
    """Whether a sender is told that its events are kept, as over HTTP: then a batch must survive a power cut from when
    it is taken in. Without, it can be read again, from the position that a power cut undoes with it."""

    pushed: bool = False
    """Whether events are sent to it, rather than fetched. Its ``read`` waits for some by itself, for a fraction of a
    second; one batch at a time is read, so that what comes meanwhile makes the next one; and it is never behind, since
    nobody knows what senders still have."""
