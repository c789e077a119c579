"""What a detector is: baseline and closed buckets in, evidence out; vectorised over streams.

A *stream* is one metric of one series. Every array has the shape (streams,), or (streams, ...) in a state, and every
quantity is oriented by the caller so that **more is worse**: ``bad`` counts the errors of an accuracy, the value of a
metric of which more is better is negated (its bounds negated and exchanged). So an improvement never raises an alarm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

State = Mapping[str, Floats]
"""What a detector remembers: arrays whose first axis is the streams. Stored and cut by ``detectors.state``."""

Kind = Literal["proportion", "bounded", "unbounded"]
"""What a stream is made of: counts of good and bad outcomes, values with finite bounds, values without."""

Role = Literal["pages", "describes", "compares"]
"""``pages``: an e-detector, part of the ensemble; ``describes``: says more about a change; ``compares``: for those who
ask for it by name."""

SMALLEST_THRESHOLD = 20.0
"""Below evidence of 20 to 1 nothing is an alarm, however rarely a stream has outcomes."""


@dataclass(frozen=True)
class Bucket:
    """One closed bucket of all streams."""

    start: float
    """Seconds since the epoch."""

    width: float
    """Seconds."""

    outcomes: Floats
    """What it holds; a stream with 0 learns nothing from it."""

    bad: Floats
    """How many of them are bad; NaN for a stream that is no proportion (0 where a proportion has no outcomes)."""

    value: Floats
    """The metric in this bucket, for streams that are no proportion; NaN: it has none."""

    @property
    def end(self) -> float:
        """Return the time at which it closed, seconds since the epoch."""
        return self.start + self.width

    @property
    def level(self) -> Floats:
        """Return the share of bad outcomes, or the value; NaN where the bucket says nothing."""
        proportion = ~np.isnan(self.bad)
        share = self.bad / np.where(self.outcomes > 0, self.outcomes, np.nan)
        return np.where(proportion, share, np.where(self.outcomes > 0, self.value, np.nan))


@dataclass(frozen=True)
class Baseline:
    """What is normal for each stream at the time of one bucket; NaN in ``bound``: nothing is known yet."""

    mean: Floats
    """The level to be expected in this bucket, by the rhythm of the week or day where one is known."""

    bound: Floats
    """What the true level does not exceed while the metric is healthy: an upper confidence bound of ``mean`` plus
    the tolerance. For a proportion it is e0."""

    typical: Floats
    """The mean level over the whole baseline, whatever the time of week."""

    std: Floats
    """Standard deviation of the level from bucket to bucket, around the rhythm."""

    buckets: Floats
    """How many buckets with outcomes the baseline holds."""

    outcomes: Floats
    """How many outcomes it holds."""

    overdispersion: Floats
    """phi: how many times more the bad counts vary than independent outcomes would; at least 1."""

    filled: Floats
    """Share of the buckets of the baseline's time that hold outcomes."""

    lower: Floats
    """Smallest value that the level can take; -inf: unbounded."""

    upper: Floats
    """Largest value that the level can take; inf: unbounded."""


@dataclass(frozen=True)
class Settings:
    """What the user decides."""

    false_alarm_every: float = 30 * 86400.0
    """Seconds between two false alarms of one stream, on average, at least."""

    recover_for: float = 3600.0
    """Seconds that a metric must be back inside its baseline before an alarm ends."""

    objective: Floats | None = None
    """(streams,) the level that must not be exceeded, NaN where there is none; for the forecast of its crossing."""

    sensitivity: float = 0.05
    """Significance level of the detectors that ``compare``."""

    def threshold(self, baseline: Baseline, width: float) -> Floats:
        """Return c: the buckets with outcomes that pass between two false alarms.

        Labels that come once a night make one bucket a day, not 1,440; so the buckets are counted at the rate at
        which the baseline holds them.

        Args:
            baseline: of the streams.
            width: of a bucket, seconds.
        """
        filled = np.where(np.isnan(baseline.filled), 1.0, baseline.filled)
        return np.maximum(self.false_alarm_every / width * filled, SMALLEST_THRESHOLD)


@dataclass(frozen=True)
class Evidence:
    """What a detector says after a bucket."""

    log10_evidence: Floats
    """-inf: none so far; NaN: it cannot judge this stream (wrong kind, or no baseline yet)."""

    log10_threshold: Floats
    """What the evidence has to reach."""

    extras: Mapping[str, Floats] = field(default_factory=dict)
    """More that it knows, by the names below; NaN where it knows nothing."""

    @property
    def alarm(self) -> Bools:
        """Return where the evidence reaches its threshold."""
        return self.log10_evidence >= self.log10_threshold


CHANGE_TIME = "change_time"
"""When the level changed, seconds since the epoch."""

CHANGED_LEVEL = "changed_level"
"""The level since then."""

CHANGED_OUTCOMES = "changed_outcomes"
"""The outcomes since then."""

TREND_PER_DAY = "trend_per_day"
"""By how much the level rises in a day."""

TREND_LOWER, TREND_UPPER = "trend_lower", "trend_upper"
"""Bounds of its 95 % interval."""

CROSSING_TIME = "crossing_time"
"""When the level crosses the objective if it goes on like this, seconds since the epoch."""

CROSSING_EARLIEST, CROSSING_LATEST = "crossing_earliest", "crossing_latest"
"""Bounds of its 95 % interval; inf: perhaps never."""

Z_SCORE = "z_score"
"""Distance from the baseline's mean in standard deviations."""


@dataclass(frozen=True)
class Detector:
    """A detector: each module of this package that is one defines it as the constant ``DETECTOR``."""

    name: str
    """Its spelling in configuration and labels. Part of the stored format, like the names in its state."""

    title: str
    """What it does, in one sentence, for the documentation."""

    kinds: frozenset[Kind]
    """The kinds of stream that it is meant for."""

    role: Role

    start: Callable[[int], State]
    """From a number of streams to the state in which nothing has been seen."""

    update: Callable[[State, Baseline, Bucket, Settings], tuple[State, Evidence]]
    """Takes in one closed bucket. Never changes the state it is given. What a bucket does not say (no outcomes, no
    baseline) leaves the stream's state as it was; the evidence is what the state says then."""


ALL_KINDS: frozenset[Kind] = frozenset({"proportion", "bounded", "unbounded"})
