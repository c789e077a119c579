"""What is known of each stream's normal times: its baseline, where it comes from, and whether it still changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.config import Monitoring
from ml_exporter.detectors import state as states
from ml_exporter.detectors.baseline import LearntBaseline, learn
from ml_exporter.detectors.degradation.spans import Span, merged, spans
from ml_exporter.detectors.degradation.streams import Panel, Reading, Stream, bounds_of
from ml_exporter.detectors.interface import Bools, Floats, State
from ml_exporter.detectors.past import Past, Summary, summarise
from ml_exporter.detectors.rhythm import HOURS_OF_WEEK
from ml_exporter.tallies import Buckets, FeatureRegistry
from ml_exporter.windows import Totals

WORST_SHARE = 0.05
"""For a metric without limits: the share of the baseline's events that counts as bad."""

_MOST_SPANS = 1000
"""A baseline is learnt from at most about so many spans: the finest width of the ladder that does is taken."""

NATIVE = ("mean", "std", "p50", "p95", "p99", "minimum", "maximum")
"""Of the metric as its family shows it, over the baseline's spans."""


@dataclass(frozen=True)
class Knowledge:
    """What is known of streams, in their order."""

    learnt: LearntBaseline
    native: State
    """``NATIVE``: (streams,)."""

    cuts: Floats
    """(streams,) the bin beyond which an event of a metric without limits is a bad one; NaN: none."""

    learnt_at: Floats
    """(streams,) when it was learnt, seconds since the epoch; NaN: never."""

    since: Floats
    until: Floats
    """(streams,) the time that it was learnt from."""

    frozen: Floats
    """(streams,) 1 where the baseline's period was full: then it moves by command only, or as ``refresh`` says."""

    inherited: Floats
    """(streams,) 1 where it is another version's."""

    def to_state(self) -> State:
        """Return it as arrays by stream."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        learnt = {f"learnt.{name}": values for name, values in self.learnt.to_state().items()}
        return plain | learnt | {f"native.{name}": self.native[name] for name in NATIVE}

    @classmethod
    def from_state(cls, state: State) -> "Knowledge":
        """Read what ``to_state`` wrote."""
        learnt = {name.removeprefix("learnt."): values for name, values in state.items() if name.startswith("learnt.")}
        native = {name: state[f"native.{name}"] for name in NATIVE}
        return cls(LearntBaseline.from_state(learnt), native, **{name: state[name] for name in _PLAIN})

    def appended(self, more: "Knowledge") -> "Knowledge":
        """Return what is known of the streams of both."""
        return Knowledge.from_state(states.append(self.to_state(), more.to_state()))

    def taken(self, places: Sequence[int]) -> "Knowledge":
        """Return what is known of some streams."""
        return Knowledge.from_state(states.take(self.to_state(), np.array(places, dtype=np.intp)))

    def put(self, places: Sequence[int], part: "Knowledge") -> "Knowledge":
        """Return it with what is known of some streams replaced."""
        chosen = np.array(places, dtype=np.intp)
        return Knowledge.from_state(states.put(self.to_state(), chosen, part.to_state()))


_PLAIN = ("cuts", "learnt_at", "since", "until", "frozen", "inherited")


@dataclass(frozen=True)
class Reference:
    """Outcomes of a healthy time that the ledger does not hold."""

    buckets: Buckets
    code: int
    """Of the series that holds them all."""

    features: FeatureRegistry
    """The codes of the features in them."""


def nothing_known(streams: Sequence[Stream], monitoring: Monitoring) -> Knowledge:
    """Return that nothing is known of streams."""
    unknown, zero = np.full(len(streams), np.nan), np.zeros(len(streams))
    lower, upper = _bounds(streams, monitoring)
    learnt = LearntBaseline(
        summary=Summary(**{field.name: unknown for field in fields(Summary)}),
        std=unknown,
        overdispersion=unknown,
        filled=unknown,
        lower=lower,
        upper=upper,
        effect=np.zeros((len(streams), HOURS_OF_WEEK)),
        margin=np.full((len(streams), HOURS_OF_WEEK), np.nan),
    )
    return Knowledge(
        learnt=learnt,
        native=dict.fromkeys(NATIVE, unknown),
        cuts=unknown,
        learnt_at=unknown,
        since=unknown,
        until=unknown,
        frozen=zero,
        inherited=zero,
    )


def learn_from_buckets(
    panel: Panel,
    buckets: Buckets,
    monitoring: Monitoring,
    until: float,
    period: float,
    width: float | None,
    degraded: Sequence[Sequence[tuple[float, float]]],
) -> Knowledge:
    """Learn the baselines of streams from the past that the ledger keeps.

    Args:
        panel: reads the streams.
        buckets: the sums by time.
        monitoring: the configuration.
        until: the end of what may be learnt, seconds since the epoch.
        period: how long before it the baseline begins, seconds.
        width: of the spans to learn from, seconds; None: the finest for which there are not too many.
        degraded: for each stream the times from which nothing is to be learnt.
    """
    if width is None:
        widths = buckets.ladder.widths
        width = next((one for one in widths if period / one <= _MOST_SPANS), widths[-1])
    found = list(spans(buckets, until - period - width, until, width, judged=False))
    streams = panel.streams
    if not found:
        return nothing_known(streams, monitoring)
    healthy = _healthy(found, degraded)
    healthy_totals = list(_over_healthy(buckets, found, healthy))
    cuts = _cuts(panel, healthy_totals)
    readings = [panel.read(totals, cuts) for _, _, totals in found]
    past = _past(found, readings, healthy)
    native = replace(
        past,
        bad=np.full_like(past.bad, np.nan),
        value=np.stack([reading.native for reading in readings]),
    )
    summary = summarise(native)
    pooled = np.full(len(streams), np.nan)
    for places, totals in healthy_totals:
        pooled[places] = panel.read(totals, cuts).native[places]
    told = ~np.isnan(past.level)
    starts = np.where(told, past.start[:, None], np.inf).min(axis=0)
    full = starts <= until - period + max(width, 0.05 * period)
    learnt = _learn(past, streams, monitoring)
    own = {name: getattr(summary, name) for name in NATIVE} | {"mean": np.where(learnt.known, pooled, summary.mean)}
    return Knowledge(
        learnt=learnt,
        native=own,
        cuts=cuts,
        learnt_at=np.full(len(streams), until),
        since=np.where(np.isfinite(starts), starts, np.nan),
        until=np.full(len(streams), until),
        frozen=(full & learnt.known).astype(np.float64),
        inherited=np.zeros(len(streams)),
    )


def learn_from_reference(
    streams: Sequence[Stream], reference: Reference, monitoring: Monitoring, at: float
) -> Knowledge:
    """Learn the baselines of streams of one model from its reference; they are frozen.

    Args:
        streams: of a model.
        reference: of the model.
        monitoring: the configuration.
        at: the time, seconds since the epoch.
    """
    models = {model.name: model for model in monitoring.models}
    panel = Panel(streams, {stream.series: reference.code for stream in streams}, models)
    everything = list(spans(reference.buckets, 0.0, np.inf, reference.buckets.ladder.widths[0], judged=False))
    begin, end = everything[0][0], everything[-1][0] + everything[-1][1]
    known = learn_from_buckets(panel, reference.buckets, monitoring, end, end - begin, None, [()] * len(streams))
    return replace(known, frozen=known.learnt.known.astype(np.float64), learnt_at=np.full(len(streams), at))


def _learn(past: Past, streams: Sequence[Stream], monitoring: Monitoring) -> LearntBaseline:
    lower, upper = _bounds(streams, monitoring)
    shares = [monitoring.model(stream.model).detection.tolerance for stream in streams]
    share = np.array([monitoring.detection.tolerance if one is None else one for one in shares])
    return learn(past, lower, upper, share * (upper - lower), monitoring.detection.timezone)


def _bounds(streams: Sequence[Stream], monitoring: Monitoring) -> tuple[Floats, Floats]:
    """Return the smallest and the largest level of each stream."""
    bounds = [bounds_of(catalogue.metric(one.metric, monitoring.model(one.model).task)) for one in streams]
    return np.array([low for low, _ in bounds]), np.array([high for _, high in bounds])


def _past(found: Sequence[Span], readings: Sequence[Reading], healthy: Bools) -> Past:
    """Put readings of spans together."""

    def table(name: str) -> Floats:
        return np.stack([getattr(reading, name) for reading in readings])

    starts, widths = (np.array(column) for column in zip(*((start, width) for start, width, _ in found), strict=True))
    return Past(starts, widths, table("outcomes"), table("bad"), table("value"), healthy)


def _healthy(found: Sequence[Span], degraded: Sequence[Sequence[tuple[float, float]]]) -> Bools:
    """Tell from which spans each stream may learn, (spans, streams)."""
    healthy = np.ones((len(found), len(degraded)), dtype=np.bool_)
    for stream, intervals in enumerate(degraded):
        for begin, end in intervals:
            for row, (start, width, _) in enumerate(found):
                if start < end and start + width > begin:
                    healthy[row, stream] = False
    return healthy


def _over_healthy(buckets: Buckets, found: Sequence[Span], healthy: Bools) -> Iterator[tuple[NDArray[np.intp], Totals]]:
    """Yield the totals over the spans that streams may learn from, with the places of the streams that share them."""
    patterns, which = np.unique(healthy, axis=1, return_inverse=True)
    for index in range(patterns.shape[1]):
        spans_of = [span for span, usable in zip(found, patterns[:, index], strict=True) if usable]
        if spans_of:
            yield np.flatnonzero(which.reshape(-1) == index), merged(buckets, spans_of)


def _cuts(panel: Panel, healthy_totals: Sequence[tuple[NDArray[np.intp], Totals]]) -> Floats:
    """Return for each stream of a metric without limits the bin up to which 95 % of its events are, NaN for others."""
    cuts = np.full(len(panel.streams), np.nan)
    for places, totals in healthy_totals:
        ranked = panel.ranked(totals)
        for place in set(places.tolist()) & set(ranked):
            total = ranked[place].sum()
            if total > 0:
                cuts[place] = np.searchsorted(np.cumsum(ranked[place]), (1 - WORST_SHARE) * total)
    return cuts
