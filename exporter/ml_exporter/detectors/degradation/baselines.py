"""Keeping baselines: when they are learnt, inherited, frozen and reset, and the history of all that."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ml_exporter.config import Monitoring
from ml_exporter.detectors.degradation import history
from ml_exporter.detectors.degradation.fleet import Fleet
from ml_exporter.detectors.degradation.history import BaselineEntry
from ml_exporter.detectors.degradation.knowledge import (
    Knowledge,
    Reference,
    learn_from_buckets,
    learn_from_reference,
    nothing_known,
)
from ml_exporter.detectors.degradation.streams import Panel, Stream
from ml_exporter.detectors.interface import Detector
from ml_exporter.tallies import Buckets, SeriesKey, Sums

_GROWTH = 0.25
"""A provisional baseline is learnt anew when so much more has been seen than it was learnt from."""


class BaselineKeeper:
    """Moves the baselines of fleets, and remembers what has become of them."""

    def __init__(self, monitoring: Monitoring, references: Mapping[str, Reference]) -> None:
        """Start without a history.

        Args:
            monitoring: the configuration.
            references: model to the outcomes that its baselines are learnt from, where it has a reference.
        """
        self._monitoring = monitoring
        self._references = references
        self._models = {model.name: model for model in monitoring.models}
        self._history: list[BaselineEntry] = []
        self._history_stored: list[BaselineEntry] = []

    def inherited(self, fleet: Fleet, new: Sequence[Stream], buckets: Buckets, codes: Mapping[SeriesKey, int]) -> Fleet:
        """Let new versions start from the baseline of the version that had most outcomes on the day before.

        Args:
            fleet: the new streams are in it.
            new: those that are.
            buckets: the sums by time.
            codes: overall series to its code.
        """
        lately = _outcomes_lately(buckets, codes)
        for stream in new:
            if self._models[stream.model].baseline.inherit:
                fleet = self._inherited(fleet, stream, lately)
        return fleet

    def _inherited(self, fleet: Fleet, stream: Stream, lately: Mapping[SeriesKey, float]) -> Fleet:
        siblings = [
            place
            for place, other in enumerate(fleet.streams)
            if (other.model, other.metric) == (stream.model, stream.metric)
            and other.version != stream.version
            and fleet.knowledge.frozen[place]
        ]
        if not siblings:
            return fleet
        predecessor = max(siblings, key=lambda place: lately.get(fleet.streams[place].series, 0.0))
        part = fleet.knowledge.taken([predecessor])
        part = replace(part, inherited=np.ones(1), frozen=np.zeros(1))
        self._history.append(history.entry("inherited", fleet.judged_until, stream, part, 0))
        return fleet.with_knowledge([fleet.place(stream)], part)

    def learnt(
        self, fleet: Fleet, buckets: Buckets, codes: Mapping[SeriesKey, int], closed_until: float, width: float | None
    ) -> Fleet:
        """Learn baselines that are not frozen yet, and of which more has been seen.

        Args:
            fleet: as it is.
            buckets: the sums by time.
            codes: overall series to its code.
            closed_until: buckets that start before are closed, seconds since the epoch.
            width: of the spans to learn from, seconds; None: the finest for which there are not too many.
        """
        due: dict[Reference | float, list[int]] = defaultdict(list)
        for place, stream in enumerate(fleet.streams):
            if stream.series in codes and self._is_due(fleet, place, closed_until):
                period = self._models[stream.model].baseline.period.seconds
                due[self._references.get(stream.model, period)].append(place)
        for source, places in due.items():
            streams = [fleet.streams[place] for place in places]
            if isinstance(source, Reference):
                part = learn_from_reference(streams, source, self._monitoring, closed_until)
            else:
                part = learn_from_buckets(
                    Panel(streams, codes, self._models),
                    buckets,
                    self._monitoring,
                    closed_until - min(self._monitoring.detection.recover_for.seconds, source / 10),
                    source,
                    width,
                    [fleet.degraded[place] for place in places],
                )
                part = _unless_unknown(fleet.knowledge.taken(places), part, closed_until)
            self._history += [
                history.entry("frozen", closed_until, stream, part, row)
                for row, stream in enumerate(streams)
                if part.frozen[row]
            ]
            fleet = fleet.with_knowledge(places, part)
        return fleet

    def _is_due(self, fleet: Fleet, place: int, at: float) -> bool:
        knowledge, model = fleet.knowledge, self._models[fleet.streams[place].model]
        if fleet.latched["latched"][place]:
            return False
        learnt_at = knowledge.learnt_at[place]
        if knowledge.frozen[place]:
            refresh = model.baseline.refresh
            return refresh is not None and at - learnt_at >= refresh.seconds
        if np.isnan(learnt_at):
            return True
        if model.name in self._references:
            return False  # it says nothing new
        waited = at - learnt_at >= model.baseline.period.seconds / 20
        grown = fleet.fresh[place] >= _GROWTH * np.nan_to_num(knowledge.learnt.summary.outcomes[place])
        return bool(waited and grown)

    def frozen(self, fleet: Fleet, chosen: Callable[[Stream], bool], at: float) -> tuple[Fleet, int]:
        """Freeze the provisional baselines of some streams as they are; return how many, too."""
        known = fleet.knowledge.learnt.known & (fleet.knowledge.frozen == 0)
        places = [place for place, stream in enumerate(fleet.streams) if known[place] and chosen(stream)]
        if not places:
            return fleet, 0
        part = fleet.knowledge.taken(places)
        part = replace(part, frozen=np.ones(len(places)), inherited=np.zeros(len(places)))
        self._note("frozen by command", at, fleet, places)
        return fleet.with_knowledge(places, part), len(places)

    def reset(
        self,
        fleet: Fleet,
        chosen: Callable[[Stream], bool],
        at: float,
        since: float | None,
        detectors: Sequence[Detector],
    ) -> tuple[Fleet, int]:
        """Forget the baselines and verdicts of some streams, to be learnt anew; return how many, too.

        Args:
            fleet: as it is.
            chosen: tells which streams.
            at: the time, seconds since the epoch.
            since: nothing before is to be learnt from; None: all of the period may be.
            detectors: those that run.
        """
        places = [
            place for place, stream in enumerate(fleet.streams) if stream.model in self._models and chosen(stream)
        ]
        if not places:
            return fleet, 0
        nothing = nothing_known([fleet.streams[place] for place in places], self._monitoring)
        self._note("reset by command", at, fleet, places)
        return fleet.restarted(places, nothing, since, detectors), len(places)

    def _note(self, action: str, at: float, fleet: Fleet, places: Sequence[int]) -> None:
        for place in places:
            self._history.append(history.entry(action, at, fleet.streams[place], fleet.knowledge, place))

    def changes(self, name: str) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of the history, if there is anything new since the last call."""
        if self._history[-1:] == self._history_stored:
            return []
        self._history = self._history[-history.MOST_ENTRIES :]
        self._history_stored = self._history[-1:]
        return [(name, history.to_bytes(self._history))]

    def restore(self, stored: bytes | None) -> None:
        """Take over the history of before the process started."""
        self._history = history.from_bytes(stored)
        self._history_stored = self._history[-1:]


def _outcomes_lately(buckets: Buckets, codes: Mapping[SeriesKey, int]) -> dict[SeriesKey, float]:
    """Return the outcomes of each version on the day before the open bucket."""
    tally = buckets.tallies["outcomes"]
    until = buckets.closed_until
    day = buckets.between(tally.name, buckets.clocks(tally)[0], until - 86400.0, until)
    whole = Sums.merge_all([Sums.empty(len(tally.columns)), *(sums for _, _, sums in day)])
    counted = dict(zip(whole.cells.tolist(), whole.values[:, 0].tolist(), strict=True))
    return {key: counted.get(code * tally.bins, 0.0) for key, code in codes.items()}


def _unless_unknown(before: Knowledge, after: Knowledge, at: float) -> Knowledge:
    """Keep what was inherited until the version's own baseline is known; note the time of the attempt either way."""
    keep = np.flatnonzero(~after.learnt.known & (before.inherited > 0)).tolist()
    if not keep:
        return after
    kept = before.taken(keep)
    return after.put(keep, replace(kept, learnt_at=np.full(len(keep), at)))
