"""Clocks that disagree: events from the future, and labels from before their predictions."""

from collections.abc import Iterator

import numpy as np

from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.said import span
from ml_exporter.feeds import FUTURE_TOLERANCE
from ml_exporter.feeds.decoding.problems import Problems
from ml_exporter.feeds.decoding.times import timestamps

_FEWEST = 5
_SHARE = 0.5
_HALF_HOUR = 1800.0
_MILLISECONDS = 1e11


def examine(case: Case) -> Iterator[Finding]:
    """Find clock skew, offsets from UTC that were forgotten, and times in other units."""
    for sample in case.feeds:
        yield from _ahead(case, sample)
    yield from _backwards(case)


def _ahead(case: Case, sample: FeedSample) -> Iterator[Finding]:
    raw = sample.raw.get("timestamp", ())
    if not len(raw):
        return
    times = timestamps(raw, np.inf, Problems())
    known = times[np.isfinite(times)]
    in_units = known[known >= _MILLISECONDS]
    name = sample.settings.name
    if len(in_units):
        yield Finding(
            Rank.EVENTS,
            f"{len(in_units):,} of {len(raw):,} newest events of the feed {name} count milliseconds or less",
            "write seconds (divide by 1000), or RFC 3339 as in 2024-05-01T12:00:00Z",
            (f"timestamp {in_units[-1]:.0f}",),
        )
    ahead = known[(known > case.now + FUTURE_TOLERANCE) & (known < _MILLISECONDS)] - case.now
    if len(ahead):
        by = float(np.median(ahead))
        yield Finding(
            Rank.EVENTS,
            f"{len(ahead):,} of {len(raw):,} newest events of the feed {name} are ahead of this machine's clock, by"
            f" {span(by)} in the middle",
            "set the clocks of both machines (NTP), or correct the offset from UTC" + _offset(by),
        )


def _backwards(case: Case) -> Iterator[Finding]:
    delays = case.delays
    early = delays[delays < 0]
    if len(early) >= _FEWEST and len(early) > _SHARE * len(delays):
        by = -float(np.median(early))
        yield Finding(
            Rank.JOIN,
            f"{len(early):,} of {len(delays):,} labels are dated before the predictions that they judge, by"
            f" {span(by)} in the middle",
            "set the clocks of both machines (NTP), or write when the truth was known, not when the thing"
            " happened" + _offset(by),
        )


def _offset(seconds: float) -> str:
    """Return what a difference of whole half hours suggests."""
    halves = round(seconds / _HALF_HOUR)
    near = abs(seconds - halves * _HALF_HOUR) < 120
    return ": so many whole half hours look like local time that is taken for UTC" if near and 0 < halves <= 28 else ""
