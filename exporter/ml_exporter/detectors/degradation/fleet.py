"""A fleet: the streams that are judged at one pace, and everything that detectors remember of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ml_exporter.detectors import ensemble, latch, pace
from ml_exporter.detectors import state as states
from ml_exporter.detectors.degradation.knowledge import Knowledge
from ml_exporter.detectors.degradation.streams import Stream
from ml_exporter.detectors.interface import Baseline, Bools, Bucket, Detector, Evidence, Floats, Settings, State

MOST_EMPTY_BUCKETS = 1440
"""So many buckets without any event are counted after a pause; a longer one says no more."""


class FleetRecord(msgspec.Struct):
    """What is stored of a fleet beside what is known of its streams."""

    streams: list[tuple[str, str, str]]
    judged_until: float
    degraded: list[list[tuple[float, float]]]
    """Of each stream the times in which it was degraded."""

    arrays: dict[str, bytes]


def _with_silent(said: Evidence, more: int) -> Evidence:
    """Return what is said with further streams of which nothing is."""
    nothing = np.full(more, np.nan)
    return Evidence(
        np.concatenate([said.log10_evidence, nothing]),
        np.concatenate([said.log10_threshold, nothing]),
        {name: np.concatenate([values, nothing]) for name, values in said.extras.items()},
    )


def _silenced(said: Evidence, streams: Bools) -> Evidence:
    """Return what is said with nothing said of some streams."""
    return Evidence(
        np.where(streams, np.nan, said.log10_evidence),
        np.where(streams, np.nan, said.log10_threshold),
        {name: np.where(streams, np.nan, values) for name, values in said.extras.items()},
    )


@dataclass(frozen=True)
class Fleet:
    """Streams and their states, every array in the streams' order. Immutable: each step gives a new one."""

    width: float
    """Of a bucket, seconds."""

    counts: bool
    """Whether its streams are proportions; otherwise they are values."""

    streams: tuple[Stream, ...]
    knowledge: Knowledge
    detectors: Mapping[str, State]
    latched: State
    paces: State
    fresh: Floats
    """(streams,) outcomes judged since the baseline was learnt."""

    judged_until: float
    """Buckets that start before have been consumed, seconds since the epoch."""

    degraded: tuple[tuple[tuple[float, float], ...], ...]
    """Of each stream the times from which nothing is learnt: those in which it was degraded, or before a reset."""

    evidence: Mapping[str, Evidence]
    """What each detector said last; not stored."""

    def place(self, stream: Stream) -> int:
        """Return the place of a stream in the arrays."""
        return self.streams.index(stream)

    def with_streams(self, more: Sequence[Stream], knowledge: Knowledge, detectors: Sequence[Detector]) -> "Fleet":
        """Return the fleet with further streams of which nothing has been seen."""
        count = len(more)
        own = {one.name: one.start(count) for one in detectors}
        return replace(
            self,
            streams=(*self.streams, *more),
            knowledge=self.knowledge.appended(knowledge),
            detectors={name: states.append(self.detectors[name], own[name]) for name in own},
            latched=states.append(self.latched, latch.start(count)),
            paces=states.append(self.paces, pace.start(count)),
            fresh=np.concatenate([self.fresh, np.zeros(count)]),
            degraded=(*self.degraded, *(() for _ in more)),
            evidence={name: _with_silent(said, count) for name, said in self.evidence.items()},
        )

    def with_knowledge(self, places: Sequence[int], part: Knowledge) -> "Fleet":
        """Return the fleet with what is known of some streams replaced."""
        fresh = self.fresh.copy()
        fresh[list(places)] = 0.0
        return replace(self, knowledge=self.knowledge.put(places, part), fresh=fresh)

    def restarted(
        self, places: Sequence[int], nothing: Knowledge, since: float | None, detectors: Sequence[Detector]
    ) -> "Fleet":
        """Return the fleet with some streams as if nothing had been seen of them.

        Args:
            places: of the streams.
            nothing: that nothing is known of them.
            since: nothing before is to be learnt from, seconds since the epoch; None: everything may be.
            detectors: those that run.
        """
        marked = np.zeros(len(self.streams), dtype=np.bool_)
        marked[list(places)] = True
        unlearnt = () if since is None else ((-np.inf, since),)
        again = {**latch.start(len(places)), "alarms": self.latched["alarms"][marked]}
        return replace(
            self.with_knowledge(places, nothing),
            detectors={one.name: states.restart(self.detectors[one.name], marked, one.start) for one in detectors},
            latched=states.put(self.latched, np.flatnonzero(marked), again),
            degraded=tuple(unlearnt if marked[place] else times for place, times in enumerate(self.degraded)),
            evidence={name: _silenced(said, marked) for name, said in self.evidence.items()},
        )

    def baseline(self, bucket: Bucket, timezone: str) -> Baseline:
        """Return the baseline for a bucket; how often buckets hold outcomes is known from watching."""
        baseline = self.knowledge.learnt.at(bucket.start + bucket.width / 2, timezone)
        return replace(baseline, filled=pace.share(self.paces, baseline.filled))

    def no_events(self) -> Bucket:
        """Return the next bucket as if nothing happened in it."""
        count = len(self.streams)
        bad = np.zeros(count) if self.counts else np.full(count, np.nan)
        return Bucket(self.judged_until, self.width, np.zeros(count), bad, np.full(count, np.nan))

    def to_bytes(self) -> bytes:
        """Return what has to be stored, beside what is known of the streams."""
        arrays = {f"detector/{name}": states.to_bytes(state) for name, state in self.detectors.items()}
        arrays["fresh"] = states.to_bytes({"fresh": self.fresh})
        arrays["latch"] = states.to_bytes(self.latched)
        arrays["pace"] = states.to_bytes(self.paces)
        names = [(stream.model, stream.version, stream.metric) for stream in self.streams]
        return msgspec.msgpack.encode(
            FleetRecord(names, self.judged_until, [list(times) for times in self.degraded], arrays)
        )

    @classmethod
    def from_bytes(
        cls, stored: bytes, knowledge: bytes, width: float, *, counts: bool, detectors: Sequence[Detector]
    ) -> "Fleet":
        """Read what ``to_bytes`` wrote; a detector that did not run then starts from nothing.

        Args:
            stored: the bytes.
            knowledge: the bytes of what is known of the streams.
            width: of a bucket, seconds.
            counts: whether its streams are proportions.
            detectors: those that run now.

        Raises:
            DamagedState: the bytes are not those that were written.
        """
        try:
            record = msgspec.msgpack.decode(stored, type=FleetRecord)
        except msgspec.MsgspecError as error:
            raise states.DamagedState(f"the state of the detectors in the store is damaged ({error})") from error
        count = len(record.streams)
        kept = {
            one.name: states.from_bytes(record.arrays[f"detector/{one.name}"])
            if f"detector/{one.name}" in record.arrays
            else one.start(count)
            for one in detectors
        }
        return cls(
            width,
            counts,
            tuple(Stream(*names) for names in record.streams),
            Knowledge.from_state(states.from_bytes(knowledge)),
            kept,
            states.from_bytes(record.arrays["latch"]),
            states.from_bytes(record.arrays["pace"]),
            states.from_bytes(record.arrays["fresh"])["fresh"],
            record.judged_until,
            tuple(tuple((begin, end) for begin, end in times) for times in record.degraded),
            {},
        )


def empty_fleet(
    width: float, knowledge: Knowledge, judged_until: float, *, counts: bool, detectors: Sequence[Detector]
) -> Fleet:
    """Return a fleet without streams; ``knowledge`` is that of none."""
    own = {one.name: one.start(0) for one in detectors}
    return Fleet(width, counts, (), knowledge, own, latch.start(0), pace.start(0), np.zeros(0), judged_until, (), {})


def after_silence(fleet: Fleet, until: float) -> Fleet:
    """Count the buckets before a time that held no event at all."""
    empty = round((until - fleet.judged_until) / fleet.width)
    if empty <= 0:
        return fleet
    paces = fleet.paces
    nothing = fleet.no_events()
    for _ in range(min(empty, MOST_EMPTY_BUCKETS)):
        paces = pace.update(paces, nothing)
    return replace(fleet, paces=paces, judged_until=until)


@dataclass(frozen=True)
class Judged:
    """What became of a fleet after a bucket."""

    fleet: Fleet
    raised: Bools
    recovered: Bools


def consume(
    fleet: Fleet,
    bucket: Bucket,
    detectors: Sequence[Detector],
    settings: Settings,
    timezone: str,
    also_page: Sequence[str],
    others: Evidence | None,
) -> Judged:
    """Show one closed bucket to the detectors.

    Args:
        fleet: as it was.
        bucket: of the fleet's streams.
        detectors: those that run.
        settings: of the detectors.
        timezone: of the baseline's rhythm.
        also_page: detectors that compare, whose alarms count, too.
        others: the evidence of streams judged at another pace: the fleet is judged as a whole.
    """
    baseline = fleet.baseline(bucket, timezone)
    after: dict[str, State] = {}
    said: dict[str, Evidence] = {}
    for one in detectors:
        after[one.name], said[one.name] = one.update(fleet.detectors[one.name], baseline, bucket, settings)
    together = combined(detectors, said, len(fleet.streams))
    alarms = _alarms(together, others)
    for name in also_page:
        alarms = alarms | (said[name].alarm if name in said else False)
    latched, recovered = latch.update(fleet.latched, alarms, baseline, bucket, settings)
    raised = (latched["latched"] > 0) & (fleet.latched["latched"] == 0)
    after = {one.name: states.restart(after[one.name], recovered, one.start) for one in detectors}
    told = np.where(np.isnan(bucket.level), 0.0, bucket.outcomes)
    return Judged(
        replace(
            fleet,
            fresh=fleet.fresh + told,
            detectors=after,
            latched=latched,
            paces=pace.update(fleet.paces, bucket),
            judged_until=max(fleet.judged_until, bucket.end),
            degraded=_with_recovered(fleet, recovered, bucket.end),
            evidence=said,
        ),
        raised,
        recovered,
    )


def combined(detectors: Sequence[Detector], said: Mapping[str, Evidence], streams: int) -> Evidence:
    """Return the evidence of the detectors that page, together; NaN where none of them judges."""
    paging = [said[one.name] for one in detectors if one.role == "pages" and one.name in said]
    return ensemble.average(paging) if paging else Evidence(np.full(streams, np.nan), np.full(streams, np.nan))


def _alarms(own: Evidence, others: Evidence | None) -> Bools:
    """Return which of the own streams raise an alarm, judged together with the others."""
    if others is None:
        return ensemble.fleet_alarms(own)
    fleet = Evidence(
        np.concatenate([own.log10_evidence, others.log10_evidence]),
        np.concatenate([own.log10_threshold, others.log10_threshold]),
    )
    return ensemble.fleet_alarms(fleet)[: len(own.log10_evidence)]


def _with_recovered(fleet: Fleet, recovered: Bools, at: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Note the times of degradation that have ended."""
    if not recovered.any():
        return fleet.degraded
    since = fleet.latched["since"]
    return tuple(
        (*times, (float(since[place]), at)) if recovered[place] else times for place, times in enumerate(fleet.degraded)
    )
