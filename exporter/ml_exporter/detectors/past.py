"""Past buckets that a baseline is learnt from, and their summary."""

from dataclasses import dataclass

import numpy as np

from ml_exporter.detectors.interface import Bools, Floats


@dataclass(frozen=True)
class Past:
    """Past buckets, oriented as ``Bucket`` is; those of several widths may stand together."""

    start: Floats
    """(buckets,) seconds since the epoch."""

    width: Floats
    """(buckets,) seconds."""

    outcomes: Floats
    """(buckets, streams)."""

    bad: Floats
    """(buckets, streams); NaN for a stream that is no proportion."""

    value: Floats
    """(buckets, streams); NaN for a proportion, and where a bucket has no value."""

    healthy: Bools
    """(buckets, streams) what may be learnt from: no time in which the metric was degraded."""

    def part(self, streams: slice) -> "Past":
        """Return the past of some streams."""
        return Past(
            self.start,
            self.width,
            self.outcomes[:, streams],
            self.bad[:, streams],
            self.value[:, streams],
            self.healthy[:, streams],
        )

    @property
    def level(self) -> Floats:
        """Return the level of each bucket, NaN where nothing may be learnt from it."""
        proportion = ~np.isnan(self.bad)
        told = self.healthy & (self.outcomes > 0)
        share = self.bad / np.where(told, self.outcomes, np.nan)
        return np.where(proportion, share, np.where(told, self.value, np.nan))

    @property
    def length(self) -> Floats:
        """Return the seconds from the first to the last bucket that something may be learnt from, (streams,)."""
        told = ~np.isnan(self.level)
        first = np.where(told, self.start[:, None], np.inf).min(axis=0)
        last = np.where(told, (self.start + self.width)[:, None], -np.inf).max(axis=0)
        return np.asarray(np.maximum(last - first, 0.0))

    @property
    def filled(self) -> Floats:
        """Return which share of the healthy time has outcomes, (streams,); NaN without healthy time."""
        time = np.where(self.healthy, self.width[:, None], 0.0)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(np.isnan(self.level), 0.0, time).sum(axis=0) / time.sum(axis=0))


@dataclass(frozen=True)
class Summary:
    """Levels of the buckets of each stream, (streams,); NaN where there is none."""

    mean: Floats
    """Of a proportion: of all outcomes; of values: of the buckets."""

    std: Floats
    p50: Floats
    p95: Floats
    p99: Floats
    minimum: Floats
    maximum: Floats
    buckets: Floats
    outcomes: Floats


def summarise(past: Past) -> Summary:
    """Return the summary of each stream."""
    level = past.level
    known = ~np.isnan(level)
    outcomes = np.where(known, past.outcomes, 0.0)
    buckets = known.sum(axis=0).astype(np.float64)
    weight = np.where(np.isnan(past.bad), known, outcomes)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weight * np.where(known, level, 0.0)).sum(axis=0) / weight.sum(axis=0)
    ordered = np.sort(level, axis=0)
    return Summary(
        mean=mean,
        std=deviation(level),
        p50=_quantile(ordered, buckets, 0.5),
        p95=_quantile(ordered, buckets, 0.95),
        p99=_quantile(ordered, buckets, 0.99),
        minimum=_quantile(ordered, buckets, 0.0),
        maximum=_quantile(ordered, buckets, 1.0),
        buckets=buckets,
        outcomes=outcomes.sum(axis=0),
    )


def deviation(level: Floats) -> Floats:
    """Return the standard deviation of each column, ignoring NaN; NaN below two values."""
    known = ~np.isnan(level)
    count = known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, level, 0.0).sum(axis=0) / count
        squares = np.where(known, (level - mean) ** 2, 0.0).sum(axis=0)
        return np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)


def _quantile(ordered: Floats, count: Floats, share: float) -> Floats:
    """Interpolate between neighbours, as numpy's default does; each column has ``count`` values, NaN after them."""
    last = np.maximum(count - 1, 0)
    place = last * share
    below = np.floor(place)
    columns = np.arange(ordered.shape[1])
    lower = ordered[below.astype(np.intp), columns]
    upper = ordered[np.minimum(below + 1, last).astype(np.intp), columns]
    return np.asarray(lower + (upper - lower) * (place - below))
