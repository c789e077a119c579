"""Which slices explain that a share has changed: the one to look at first.

With share s and bad rate r of each slice before (0) and now (1), the whole rate is the sum of s r, and its change is

    sum of (s1 + s0) / 2 x (r1 - r0)  +  ((r1 + r0) / 2 - R) x (s1 - s0),        R the mean of the whole rate,

term by term what the slice's own rate and its share of the outcomes contribute (Kitagawa, "Components of a difference
between two rates", Journal of the American Statistical Association 1955).
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring
from ml_exporter.detectors.degradation.fleet import Fleet
from ml_exporter.detectors.degradation.spans import merged, spans
from ml_exporter.detectors.degradation.streams import Stream
from ml_exporter.detectors.degradation.verdict import SliceShare
from ml_exporter.detectors.interface import Floats
from ml_exporter.tallies import Buckets, SeriesKey
from ml_exporter.windows import Totals

MOST_SLICES = 3
"""So many slices are named."""

_RENEWED_EVERY = 900.0
"""Seconds after which an explanation is looked for anew."""


class Explainer:
    """Explains degradations, and remembers what it found: the past that it compares with does not change quickly."""

    def __init__(self) -> None:
        self._found: dict[tuple[Stream, float, float], tuple[SliceShare, ...]] = {}

    def explain(
        self,
        fleet: Fleet,
        stream: Stream,
        metric: Metric,
        change: float,
        buckets: Buckets,
        monitoring: Monitoring,
        series: Sequence[tuple[int, SeriesKey]],
    ) -> tuple[SliceShare, ...]:
        """Return the slices that contribute most, where the metric is a share that slices have, too.

        Args:
            fleet: that the stream is of.
            stream: a degraded one.
            metric: its metric.
            change: when the level changed, seconds since the epoch; NaN: when the alarm was raised is taken.
            buckets: the sums by time.
            monitoring: the configuration.
            series: code and key of every series.
        """
        place = fleet.place(stream)
        learnt = (float(fleet.knowledge.since[place]), float(fleet.knowledge.until[place]))
        if metric.proportion is None or not metric.sliced or math.isnan(learnt[0]):
            return ()
        begin = float(fleet.latched["since"][place]) if math.isnan(change) else change
        name = (stream, begin, fleet.judged_until // _RENEWED_EVERY)
        if name not in self._found:
            now = (begin, fleet.judged_until)
            shares = slice_shares(buckets, monitoring, metric, stream.series, series, learnt, now)
            self._found = {known: old for known, old in self._found.items() if known[0] != stream} | {name: shares}
        return self._found[name]


def slice_shares(
    buckets: Buckets,
    monitoring: Monitoring,
    metric: Metric,
    whole: SeriesKey,
    series: Sequence[tuple[int, SeriesKey]],
    before: tuple[float, float],
    now: tuple[float, float],
) -> tuple[SliceShare, ...]:
    """Return the slices that contribute most to the change of a share, the largest contribution first.

    Args:
        buckets: the sums by time.
        monitoring: the configuration.
        metric: a share.
        whole: the version's overall series.
        series: code and key of every series.
        before: begin and end of the time to compare with, seconds since the epoch.
        now: begin and end of the time to explain.
    """
    by_key: dict[str, list[tuple[int, SeriesKey]]] = defaultdict(list)
    for code, key in series:
        if key.segment_key is not None and (key.model, key.version) == (whole.model, whole.version):
            by_key[key.segment_key].append((code, key))
    if not by_key:
        return ()
    totals = [_totals(buckets, *span) for span in (before, now)]
    if totals[0] is None or totals[1] is None:
        return ()
    found: list[SliceShare] = []
    for members in by_key.values():
        codes = np.array([code for code, _ in members])
        counts = [_counts(one, codes, metric, monitoring, whole.model) for one in totals if one is not None]
        found += _decomposed([key for _, key in members], *counts)
    return tuple(sorted(found, key=lambda one: -one.contribution)[:MOST_SLICES])


def _totals(buckets: Buckets, since: float, until: float) -> Totals | None:
    widest = buckets.ladder.widths[-1]
    found = list(spans(buckets, since - widest, until + widest, buckets.ladder.widths[0], judged=False))
    inside = [one for one in found if one[0] + one[1] > since and one[0] < until]
    return merged(buckets, inside) if inside else None


def _counts(
    totals: Totals, codes: np.ndarray[tuple[int], np.dtype[np.intp]], metric: Metric, monitoring: Monitoring, model: str
) -> tuple[Floats, Floats]:
    """Return outcomes and bad ones of each slice."""
    if metric.proportion is None:
        return np.zeros(len(codes)), np.zeros(len(codes))
    counted, outcomes = metric.proportion(totals.statistics(codes, monitoring.model(model)))
    return outcomes, outcomes - counted if metric.direction == "higher" else counted


def _decomposed(
    keys: Sequence[SeriesKey], before: tuple[Floats, Floats], now: tuple[Floats, Floats]
) -> list[SliceShare]:
    """Return what each slice of one key contributes."""
    if not before[0].sum() or not now[0].sum():
        return []
    share_before, share_now = (outcomes / outcomes.sum() for outcomes, _ in (before, now))
    whole = (before[1].sum() / before[0].sum() + now[1].sum() / now[0].sum()) / 2
    rate_before, rate_now = _rate(before, now), _rate(now, before)
    of_rate = (share_now + share_before) / 2 * (rate_now - rate_before)
    of_share = ((rate_now + rate_before) / 2 - whole) * (share_now - share_before)
    return [
        SliceShare(
            key.segment_key or "",
            key.segment_value or "",
            float((of_rate + of_share)[row]),
            float(rate_before[row]),
            float(rate_now[row]),
            float(share_before[row]),
            float(share_now[row]),
        )
        for row, key in enumerate(keys)
    ]


def _rate(counts: tuple[Floats, Floats], otherwise: tuple[Floats, Floats]) -> Floats:
    """Return the bad rate of each slice; where it had no outcomes, that of the other time: its share says the rest."""
    outcomes, bad = counts
    other = otherwise[1] / np.maximum(otherwise[0], 1)
    return np.asarray(np.where(outcomes > 0, bad / np.maximum(outcomes, 1), other))
