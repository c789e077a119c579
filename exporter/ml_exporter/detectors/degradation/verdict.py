"""What is said of each stream: plain data for /metrics, the API, the log and reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KnownBaseline:
    """What normal is for a metric, as its family shows it."""

    mean: float
    std: float
    p50: float
    p95: float
    p99: float
    minimum: float
    maximum: float
    outcomes: float
    ready: bool
    """Whether its period was full when it was learnt."""

    inherited: bool
    """Whether it is another version's."""

    since: float
    until: float
    """The time that it was learnt from, seconds since the epoch."""


@dataclass(frozen=True)
class DetectorSays:
    """What one detector says. NaN where it cannot judge."""

    log10_evidence: float
    log10_threshold: float

    @property
    def detected(self) -> bool:
        """Return whether the evidence reaches its threshold."""
        return self.log10_evidence >= self.log10_threshold


@dataclass(frozen=True)
class SliceShare:
    """How much one slice contributes to a change of the whole."""

    segment_key: str
    segment_value: str
    contribution: float
    """Part of the whole change, in the unit of the bad rate; more is worse."""

    rate_before: float
    rate_now: float
    share_before: float
    share_now: float


@dataclass(frozen=True)
class Degradation:
    """Everything that is said of one metric of one version. NaN: not known."""

    model_name: str
    model_version: str
    metric: str
    degraded: bool
    since: float
    """When the alarm was raised, seconds since the epoch."""

    alarms: int
    """How many were raised so far."""

    baseline: KnownBaseline | None
    """None: nothing is known yet."""

    value: float
    """The metric in the shortest window."""

    z_score: float
    """Distance of the value from the baseline's mean in standard deviations of its buckets."""

    change_ratio: float
    """(value - mean) / |mean| of the baseline."""

    log10_evidence: float
    log10_threshold: float
    """Of the detectors that page, together, in the fleet of all series."""

    detectors: Mapping[str, DetectorSays] = field(default_factory=dict)
    change_point: float = float("nan")
    """When the level changed, seconds since the epoch."""

    change: float = float("nan")
    change_lower: float = float("nan")
    change_upper: float = float("nan")
    """By how much the bad share or the value rose since then, with its 95 % interval; more is worse."""

    trend_per_day: float = float("nan")
    """Change of the metric in a day, as its family shows it."""

    crossing: float = float("nan")
    crossing_earliest: float = float("nan")
    crossing_latest: float = float("nan")
    """When the objective is missed if it goes on like this, seconds since the epoch."""

    slices: tuple[SliceShare, ...] = ()
    """The slices that contribute most, while degraded."""

    @property
    def votes(self) -> int:
        """Return how many detectors say that the metric has degraded."""
        return sum(says.detected for says in self.detectors.values())
