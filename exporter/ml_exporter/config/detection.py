"""The sections ``detection`` and ``models[].baseline``: how degradation is judged, and against what."""

from pydantic import Field, ValidationInfo, field_validator

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration
from ml_exporter.config.names import TimeZone
from ml_exporter.config.severity import Severity


class DetectionSettings(Section):
    """How degradation is judged."""

    enabled: bool = True
    """Whether metrics are compared with their baselines at all."""

    false_alarm_every: Duration = Duration.parse("30d")
    """How long a healthy metric goes without a false alarm, on average, at least."""

    tolerance: float = Field(default=0.005, ge=0, lt=1)
    """By how much a metric may be worse than its baseline and still count as healthy, as a share of its range."""

    recover_for: Duration = Duration.parse("1h")
    """How long a metric must be back inside its baseline before it counts as healthy again."""

    timezone: TimeZone = "UTC"
    """The zone in which people live by the clock: baselines follow its hours and days."""

    severity: Severity = "critical"
    """The severity of the alert that a degradation raises: it is the one that pages."""

    detectors: list[str] = ["sequential", "betting", "change_point", "trend"]
    """The detectors that run. `sequential` and `betting` page; `change_point` and `trend` describe; those by the
    seed's names (`z_score`, `t_test`, `linear_trend`, `window_change_point`, `majority_vote`) compare."""

    also_page: list[str] = []
    """Detectors that compare, whose alarms count as degradation too. They raise false alarms at no promised rate."""

    @field_validator("detectors", "also_page")
    @classmethod
    def _detectors_exist(cls, names: list[str], info: ValidationInfo) -> list[str]:
        known = (info.context or {}).get("detectors") or frozenset(names)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no detector; choose from {', '.join(sorted(known))}")
        return names


class BaselineSettings(Section):
    """What a model's metrics are compared with."""

    period: Duration = Duration.parse("30d")
    """How much of its past is learnt. Until it is full the baseline is provisional; then it is frozen."""

    reference: str | None = None
    """A CSV or Parquet file of joined rows from a healthy time, relative to the configuration file: baselines are
    learnt from it instead of from the past. It has the columns of an outcome: prediction or score, actual, and where
    they are known timestamp, `segment.KEY`, latency_seconds. Read when a baseline is first learnt, or reset."""

    inherit: bool = True
    """Whether a new version starts from the baseline of the version that had most outcomes on the day before."""

    refresh: Duration | None = None
    """How often a frozen baseline is learnt anew from the period before. Default: never, since a baseline that rolls
    along learns a slow decay as normal; `ml-exporter baseline reset` does it when you say so."""


class ModelDetection(Section):
    """What is judged of one model, where it differs from `detection`."""

    metrics: list[str] | None = None
    """The metrics that are judged. Default: those marked so in docs/metrics.md."""

    tolerance: float | None = Field(default=None, ge=0, lt=1)
    """As `detection.tolerance`, for this model."""
