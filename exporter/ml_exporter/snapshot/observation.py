"""What a tick has found out: the plain data that the families are filled from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml_exporter.config import Monitoring
from ml_exporter.detectors import Verdict
from ml_exporter.detectors.degradation import Anomaly, Degradation
from ml_exporter.detectors.drift import FeatureSays, PredictionSays
from ml_exporter.tallies import Exemplar, Past, SeriesKey
from ml_exporter.windows import Totals


@dataclass(frozen=True)
class VersionObservation:
    """The join's state of one version of a model."""

    pending: int
    assumed: int
    """Predictions judged by silence since the store was made."""

    last_prediction: float
    last_label: float
    """Times in seconds since the epoch; 0: none yet."""


@dataclass(frozen=True)
class FeedObservation:
    """The state of one feed; counters since the store was made, but errors since the process started."""

    kind: str
    """``predictions`` or ``labels``."""

    events: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    truncations: int = 0
    lost: int = 0
    left: int | None = None
    """Events that its source has beyond what was read; ``None``: nobody knows."""

    errors: int = 0
    last_event: float = 0.0
    behind: bool = False
    """Whether it has more to read right now."""

    failing: bool = False
    """Whether its source cannot be read at present."""

    position: bytes | None = None
    """Where it stands, as its kind writes it; ``None``: nothing has been read yet."""


@dataclass(frozen=True)
class Observation:
    """Everything that one tick has found out."""

    at: float
    monitoring: Monitoring
    series: Sequence[tuple[int, SeriesKey]]
    """Code and key of every series that is exposed."""

    windows: Sequence[Totals]
    """Shortest first."""

    ages: Sequence[Totals]
    """What was predicted about as long ago as each window is long: predictions, and those that are labelled."""

    lifetime: Totals
    past: Past
    """The buckets that the windows are made of."""

    statuses: Sequence[str]
    """Name of each status code."""

    versions: Mapping[int, VersionObservation]
    """Overall series to the join's state."""

    verdicts: Sequence[Verdict]
    degradations: Sequence[Degradation]
    """What detectors say of each metric of each version, in a fixed order."""

    anomalies: Sequence[Anomaly]
    features: Sequence[FeatureSays]
    """What is said of each feature of each version, window by window."""

    predicted: Sequence[PredictionSays]
    """What is said of the predictions of each version, window by window."""

    exemplars: Mapping[SeriesKey, Mapping[int, Exemplar]]
    """Of each version, bucket of the latency histogram to the newest request in it that names a trace."""

    feeds: Mapping[str, FeedObservation]
    catching_up: Mapping[str, bool]
    """Model to whether one of its feeds is behind."""

    label_conflicts: int
    label_corrections: int
    unmatched_labels: int
    expired_predictions: int
    late_outcomes: int
    series_kept: Mapping[str, int]
    series_folded: Mapping[str, int]
    tick_seconds: float
