"""Spans: the past cut into pieces of equal width, each with its totals."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ml_exporter.tallies import JUDGED, Buckets, Sums, Tally
from ml_exporter.windows import Totals

Span = tuple[float, float, Totals]
"""Start and width in seconds, and what happened in it."""


def spans(buckets: Buckets, since: float, until: float, width: float, *, judged: bool) -> Iterator[Span]:
    """Yield the spans that hold events, oldest first.

    Buckets that are wider than asked for are spans of their own.

    Args:
        buckets: the sums by time.
        since: a span that starts before is left out; seconds since the epoch.
        until: a span that ends later is left out.
        width: of a span, seconds; they start at whole multiples of it.
        judged: whether to date events as detectors consume them, or by their own time.
    """
    found: dict[tuple[float, float], dict[str, list[Sums]]] = defaultdict(lambda: defaultdict(list))
    for tally in buckets.tallies.values():
        clock = _clock(buckets, tally, judged=judged)
        if clock is not None:
            for start, bucket_width, sums in buckets.between(tally.name, clock, since, until):
                span = max(width, bucket_width)
                found[(start // span * span, span)][tally.name].append(sums)
    for start, span in sorted(found):
        if start >= since and start + span <= until:
            yield start, span, total_of(buckets, found[(start, span)])


def total_of(buckets: Buckets, parts: Mapping[str, Sequence[Sums]]) -> Totals:
    """Return the totals of sums by tally; tallies without any are empty."""
    sums = {
        name: Sums.merge_all([Sums.empty(len(tally.columns)), *parts.get(name, ())])
        for name, tally in buckets.tallies.items()
        if tally.windowed
    }
    return Totals("", sums, buckets.tallies)


def merged(buckets: Buckets, found: Sequence[Span]) -> Totals:
    """Return the totals of several spans together."""
    return total_of(
        buckets,
        {
            name: [totals.sums[name] for _, _, totals in found]
            for name in buckets.tallies
            if found and name in found[0][2].sums
        },
    )


def _clock(buckets: Buckets, tally: Tally, *, judged: bool) -> str | None:
    if judged:
        return JUDGED if buckets.has_judged(tally) else None
    clocks = buckets.clocks(tally)
    return clocks[0] if clocks else None
