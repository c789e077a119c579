"""What the doctor looks at: the configuration, the ends of the feeds' files, and the store, if there is one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import FeedSettings, Monitoring
from ml_exporter.events import JoinedEvents, Labels, Predictions
from ml_exporter.feeds import Rejection
from ml_exporter.pipeline import Past
from ml_exporter.pipeline.join_state import JoinState

Ids = NDArray[np.object_]


@dataclass(frozen=True)
class FeedSample:
    """Events of a feed, as they stand there: the newest where it is one of files, otherwise the first."""

    settings: FeedSettings
    files: int = 0
    """How many files there are."""

    problem: str = ""
    """Why it cannot be looked at, with the remedy; empty where it can."""

    written: float = 0.0
    """When the newest of its files was last written to, seconds since the epoch."""

    unread: int = 0
    """Bytes that the exporter has not read yet; 0 where there is no store."""

    whole: bool = True
    """Whether the sample is all that there is."""

    unended: bool = False
    """Whether its newest file ends within a line."""

    from_its_beginning: bool = False
    """Whether these are the oldest events of the feed, not the newest: it is none of files."""

    raw: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Our field to its values, nothing checked."""

    rejections: tuple[Rejection, ...] = ()
    predictions: Predictions | None = None
    labels: Labels | None = None

    @property
    def rows(self) -> int:
        """Return how many events it holds."""
        return len(next(iter(self.raw.values()), ()))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Return the ids as texts, those that cannot be used too, empty ones left out."""
        return tuple(str(one) for one in self.raw.get("prediction_id", ()) if one not in (None, ""))

    @property
    def newest(self) -> float:
        """Return the time of the newest usable event, seconds since the epoch; 0 where nobody knows it."""
        if self.from_its_beginning:
            return 0.0
        events = self.labels if self.labels is not None else self.predictions
        return float(events.timestamp.max()) if events is not None and len(events) else 0.0


def parts_of(events: Predictions | Labels | JoinedEvents) -> tuple[Predictions | None, Labels | None]:
    """Return what of events are predictions, and what are labels."""
    if isinstance(events, JoinedEvents):
        return events.predictions, events.labels
    return (events, None) if isinstance(events, Predictions) else (None, events)


@dataclass(frozen=True)
class StoredCase:
    """What the store says."""

    join: JoinState
    past: Past
    unmatched_labels: int
    known_predictions: Callable[[Ids], NDArray[np.bool_]]
    """From ids to whether a prediction has them."""


@dataclass(frozen=True)
class DeadLetterSample:
    """A rejected event."""

    reason: str
    detail: str
    place: str
    event: str


@dataclass(frozen=True)
class Case:
    """Everything that is known."""

    monitoring: Monitoring
    now: float
    feeds: tuple[FeedSample, ...]
    stored: StoredCase | None
    """None: the exporter has not run yet."""

    dead_letters: Mapping[str, Mapping[str, DeadLetterSample]] = field(default_factory=dict)
    """Feed to reason to the newest event that was rejected for it."""

    @property
    def predictions(self) -> list[FeedSample]:
        """Return the feeds that bring predictions to be joined."""
        return [one for one in self.feeds if one.settings.events == "predictions"]

    @property
    def labels(self) -> list[FeedSample]:
        """Return the feeds that bring labels to be joined."""
        return [one for one in self.feeds if one.settings.events == "labels"]

    @cached_property
    def predicted_at(self) -> Mapping[str, float]:
        """Return the sampled predictions: id to time, the first where there are several."""
        found: dict[str, float] = {}
        for sample in self.predictions:
            if sample.predictions is not None:
                own = zip(sample.predictions.prediction_id.tolist(), sample.predictions.timestamp.tolist(), strict=True)
                for name, time in own:
                    found.setdefault(name, time)
        return found

    @cached_property
    def delays(self) -> NDArray[np.float64]:
        """Return the seconds from prediction to label, of sampled labels whose prediction is sampled, too."""
        found = [
            time - self.predicted_at[name]
            for sample in self.labels
            if sample.labels is not None
            for name, time in zip(sample.labels.prediction_id.tolist(), sample.labels.timestamp.tolist(), strict=True)
            if name in self.predicted_at
        ]
        return np.array(found, dtype=np.float64)
