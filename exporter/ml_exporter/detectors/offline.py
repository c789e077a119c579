"""Stored series under the same detectors: what they would have said, had they looked at each point as it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors import detectors, pelt
from ml_exporter.detectors.baseline import FEWEST_OUTCOMES, learn
from ml_exporter.detectors.degradation.streams import KIND
from ml_exporter.detectors.interface import Bucket, Floats, Settings
from ml_exporter.detectors.offline_runs import Alarm, runs_of
from ml_exporter.detectors.past import Past


@dataclass(frozen=True)
class StoredSeries:
    """One metric over time."""

    times: Floats
    """(points,) begin of each point's bucket, seconds since the epoch, rising."""

    values: Floats
    """(points,) the metric; NaN where a point has none."""

    outcomes: Floats | None
    """(points,) what each value rests on. With them, a share is judged by its counts."""

    higher_is_better: bool
    bounds: tuple[float, float]
    """The smallest and the largest value that the metric can have."""

    share: bool
    """Whether it is a share of the outcomes."""


@dataclass(frozen=True)
class OfflineVerdict:
    """What is said of a stored series."""

    mean: float
    bound: float
    """Of the baseline: the metric, and the value that it may fall (or rise) to and still be healthy."""

    learnt_until: float
    judged_points: int
    alarms: tuple[Alarm, ...]
    evidence: Mapping[str, Floats]
    """Detector to log10 of its evidence after each judged point, NaN where it cannot judge."""

    thresholds: Mapping[str, float]
    change_points: Floats
    """Times at which PELT finds the level changed, over the whole series."""


def judge_series(
    series: StoredSeries, learn_until: float, tolerance: float, settings: Settings, timezone: str = "UTC"
) -> OfflineVerdict:
    """Learn a baseline from the beginning of a series and judge the rest, point by point, as the exporter would.

    Args:
        series: at least two points.
        learn_until: points that begin before belong to the baseline, seconds since the epoch.
        tolerance: how much worse than its baseline the metric may be, as a share of its range.
        settings: of the detectors.
        timezone: of the baseline's rhythm.

    Raises:
        ValueError: there are too few points, or too few outcomes, to learn a baseline; the message says what to do.
    """
    width = float(np.median(np.diff(series.times)))
    buckets = [_bucket(series, point, width) for point in range(len(series.times))]
    learning = series.times < learn_until
    past = _past([bucket for bucket, own in zip(buckets, learning, strict=True) if own], width)
    lower, upper = _levels(series)
    known = learn(past, np.array([lower]), np.array([upper]), np.array([tolerance * _range(lower, upper)]), timezone)
    if not known.known.all():
        raise ValueError(
            f"the baseline holds {int(learning.sum())} points, which is too little to know what is normal (1,000"
            " outcomes, and 30 points where it is judged by values); make it longer"
        )

    kind = KIND["fast" if _by_counts(series) else "slow"]
    together, *alone = runs = runs_of([one for one in detectors() if kind in one.kinds])
    for bucket, own in zip(buckets, learning, strict=True):
        if not own:
            for run in runs:
                run.show(bucket, known, settings, timezone)
    sign = -1.0 if series.higher_is_better else 1.0
    offset = 1.0 if _by_counts(series) and series.higher_is_better else 0.0
    first = known.at(float(series.times[0]) + width / 2, timezone)
    return OfflineVerdict(
        mean=offset + sign * float(known.summary.mean[0]),
        bound=offset + sign * float(first.bound[0]),
        learnt_until=learn_until,
        judged_points=int((~learning).sum()),
        alarms=tuple(sorted((alarm for run in runs for alarm in run.alarms), key=_by_time)),
        evidence={run.name: np.array(run.evidence) for run in (*alone, together)},
        thresholds={run.name: run.threshold for run in runs},
        change_points=series.times[pelt.change_points(series.values)],
    )


def _by_time(alarm: Alarm) -> tuple[float, str]:
    return alarm.since, alarm.detector


def _by_counts(series: StoredSeries) -> bool:
    """Tell whether a series is judged by the counts of its outcomes, not by its values."""
    return series.share and series.outcomes is not None


def _levels(series: StoredSeries) -> tuple[float, float]:
    if _by_counts(series):
        return 0.0, 1.0
    low, high = series.bounds
    return (-high, -low) if series.higher_is_better else (low, high)


def _range(lower: float, upper: float) -> float:
    return upper - lower if np.isfinite(upper - lower) else 1.0


def _bucket(series: StoredSeries, point: int, width: float) -> Bucket:
    value = float(series.values[point])
    # What values rest on is not known without counts: enough, then, so that only the number of points matters.
    outcomes = float(FEWEST_OUTCOMES) if series.outcomes is None else float(series.outcomes[point])
    if np.isnan(value):
        outcomes = 0.0
    if series.share and series.outcomes is not None:
        share = 1 - value if series.higher_is_better else value
        bad = np.array([outcomes * share if outcomes else 0.0])
        return Bucket(float(series.times[point]), width, np.array([outcomes]), bad, np.array([np.nan]))
    level = np.clip(-value if series.higher_is_better else value, *_levels(series))
    nothing = np.array([np.nan])
    return Bucket(float(series.times[point]), width, np.array([outcomes]), nothing, np.array([level]))


def _past(buckets: Sequence[Bucket], width: float) -> Past:
    if not buckets:
        raise ValueError("no point lies before the end of the baseline; let it end later")

    def table(name: str) -> Floats:
        return np.stack([getattr(bucket, name) for bucket in buckets])

    starts = np.array([bucket.start for bucket in buckets])
    healthy: NDArray[np.bool_] = np.ones((len(buckets), 1), dtype=np.bool_)
    return Past(starts, np.full(len(buckets), width), table("outcomes"), table("bad"), table("value"), healthy)
