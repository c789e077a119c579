"""Anomalies over all metrics of a version at once: what no single metric shows.

Each wide bucket is a point: the version's judged metrics, and the logarithms of its outcomes and requests. The centre
and spread of the baseline's points are estimated robustly (minimum covariance determinant; Rousseeuw and Van Driessen,
"A fast algorithm for the minimum covariance determinant estimator", Technometrics 1999), so that a few odd hours among
them do not hide others. The score of a point is its distance from the centre as a multiple of a threshold, which the
baseline's own points exceed at the promised rate: the (1 - width / false_alarm_every) quantile of their distances.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.detectors.degradation.spans import Span, spans
from ml_exporter.detectors.degradation.streams import Panel, Stream
from ml_exporter.detectors.interface import Floats
from ml_exporter.tallies import Buckets, SeriesKey

FEWEST_POINTS = 48
"""With fewer points nothing is known: two days of hours."""

_NOISE = 0.1
"""Standard deviation, in units of a coordinate's own variation."""

_GROWTH = 1.25
"""What is known is learnt anew when there are so many times more points, until the period is full."""


@dataclass(frozen=True)
class Anomaly:
    """How unusual a version's last wide bucket was."""

    model_name: str
    model_version: str
    score: float
    """Above 1: more unusual than anything that a healthy version shows in ``false_alarm_every``."""

    at: float
    """End of the bucket, seconds since the epoch."""


class _Known(msgspec.Struct):
    """What is known of one version."""

    metrics: list[str]
    points: int
    full: bool
    middle: list[float]
    """Stands in for a metric that a bucket lacks."""

    scale: list[float]
    """By how much each coordinate varies: the centre and the precision are in these units."""

    centre: list[float]
    precision: list[list[float]]
    threshold: float
    score: float | None = None
    at: float = 0.0


class AnomalyWatch:
    """Learns what is usual for each version, and scores each wide bucket when it has closed."""

    def __init__(self, monitoring: Monitoring) -> None:
        self._monitoring = monitoring
        self._models = {model.name: model for model in monitoring.models}
        self._known: dict[str, _Known] = {}
        self._judged_until = 0.0
        self._changed = False

    def watch(
        self, buckets: Buckets, codes: Mapping[SeriesKey, int], closed_until: float, width: float
    ) -> list[Anomaly]:
        """Score what has closed since the last call.

        Args:
            buckets: the sums by time.
            codes: overall series of exposed versions to their codes.
            closed_until: buckets that start before are closed, seconds since the epoch.
            width: of a bucket, seconds.

        Returns:
            The newest score of each version that has one.
        """
        end = closed_until // width * width
        if end > self._judged_until:

            @functools.cache
            def past_of(period: float) -> list[Span]:
                return list(spans(buckets, end - width - period, end - width, width, judged=False))

            newest = list(spans(buckets, end - width, end, width, judged=False))
            for key in codes:
                self._look(key, codes, past_of, newest, end, width)
            self._judged_until, self._changed = end, True
        found = [(key, self._known.get(_name(key))) for key in codes]
        return [
            Anomaly(key.model, key.version, known.score, known.at)
            for key, known in found
            if known is not None and known.score is not None
        ]

    def _look(
        self,
        key: SeriesKey,
        codes: Mapping[SeriesKey, int],
        past_of: Callable[[float], list[Span]],
        newest: Sequence[Span],
        end: float,
        width: float,
    ) -> None:
        """Score the newest bucket of a version; ``past_of`` returns the spans of a period before it."""
        model = self._models[key.model]
        panel = Panel([Stream(key.model, key.version, metric) for metric in model.judged_metrics], codes, self._models)
        if not panel.streams:
            return
        known = self._known.get(_name(key))
        period = model.baseline.period.seconds
        if known is None or known.metrics != list(model.judged_metrics) or self._may_learn(known, period, width):
            past = past_of(period)
            if len(past) >= FEWEST_POINTS and (known is None or len(past) >= _GROWTH * known.points):
                full = past[0][0] <= end - width - 0.95 * period
                known = self._learnt(panel, key, codes, past, model, width, full=full)
                self._known[_name(key)] = known
        if known is not None and newest:
            point = _points(panel, key, codes, newest[-1:], model)[0]
            known.score, known.at = _distance(known, point) / known.threshold, end

    @staticmethod
    def _may_learn(known: _Known, period: float, width: float) -> bool:
        return not known.full and known.points < period / width

    def _learnt(
        self,
        panel: Panel,
        key: SeriesKey,
        codes: Mapping[SeriesKey, int],
        past: Sequence[Span],
        model: ModelSettings,
        width: float,
        *,
        full: bool,
    ) -> _Known:
        points = _points(panel, key, codes, past, model)
        middle = np.array([_median(column) for column in points.T])
        filled = np.where(np.isnan(points), middle, points)
        varied = filled.std(axis=0)
        scale = np.where(varied > 0, varied, np.maximum(1e-3 * np.abs(middle), 1e-6))
        centre, precision = _robust((filled - middle) / scale, varied > 0)
        known = _Known(
            metrics=list(model.judged_metrics),
            points=len(points),
            full=full,
            middle=middle.tolist(),
            scale=scale.tolist(),
            centre=centre.tolist(),
            precision=precision.tolist(),
            threshold=1.0,
        )
        distances = np.array([_distance(known, point) for point in filled])
        share = 1 - width / self._monitoring.detection.false_alarm_every.seconds
        known.threshold = max(float(np.quantile(distances, np.clip(share, 0.5, 1.0), method="higher")), 1e-9)
        return known

    def changes(self, name: str) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        if not self._changed:
            return []
        self._changed = False
        return [(name, msgspec.json.encode((self._judged_until, self._known)))]

    def restore(self, stored: bytes | None) -> None:
        """Take over what was known before the process started."""
        if stored:
            self._judged_until, self._known = msgspec.json.decode(stored, type=tuple[float, dict[str, _Known]])


def _name(key: SeriesKey) -> str:
    return f"{key.model}\n{key.version}"


def _points(
    panel: Panel, key: SeriesKey, codes: Mapping[SeriesKey, int], found: Sequence[Span], model: ModelSettings
) -> Floats:
    """Return a point for each span, (spans, metrics + 2); NaN for a metric that a span lacks."""
    code = np.array([codes[key]])
    cuts = np.full(len(panel.streams), np.nan)
    rows = []
    for _, _, totals in found:
        statistics = totals.statistics(code, model)
        volume = [statistics["outcomes.count"].sum(), statistics["requests.count"].sum()]
        rows.append(np.concatenate([panel.read(totals, cuts).native, np.log1p(volume)]))
    return np.stack(rows)


def _median(column: Floats) -> float:
    """Return the median of what is known, 0 where nothing is."""
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _robust(points: Floats, varied: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return centre and inverse covariance of points, hardly moved by a few that are far off.

    Args:
        points: (points, coordinates) each coordinate in units of its own variation.
        varied: (coordinates,) whether it varied at all.
    """
    from sklearn.covariance import MinCovDet  # noqa: PLC0415 - a second of loading that few starts need

    # Coordinates that never varied, or always together, would make the covariance singular: a little noise of its own
    # lets each be told from the others, and says how small a deviation is not worth telling.
    noise = np.random.default_rng(0).normal(0.0, np.where(varied, _NOISE, 1.0), points.shape)
    fitted = MinCovDet(random_state=0).fit(points + noise)
    return np.asarray(fitted.location_), np.asarray(fitted.get_precision())


def _distance(known: _Known, point: Floats) -> float:
    """Return how far a point is from the centre, in the baseline's own units."""
    filled = np.where(np.isnan(point), known.middle, point)
    away = (filled - np.array(known.middle)) / np.array(known.scale) - np.array(known.centre)
    return float(np.sqrt(max(away @ np.array(known.precision) @ away, 0.0)))
