"""The judge: at each tick it shows the detectors what has closed, keeps baselines, and says what has degraded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.detectors import detector, pace
from ml_exporter.detectors import state as states
from ml_exporter.detectors.degradation import changes, history
from ml_exporter.detectors.degradation.anomaly import Anomaly, AnomalyWatch
from ml_exporter.detectors.degradation.explanation import Explainer
from ml_exporter.detectors.degradation.fleet import Fleet, Judged, combined, consume, empty_fleet
from ml_exporter.detectors.degradation.history import BaselineEntry
from ml_exporter.detectors.degradation.knowledge import (
    Knowledge,
    Reference,
    learn_from_buckets,
    learn_from_reference,
    nothing_known,
)
from ml_exporter.detectors.degradation.says import degradations
from ml_exporter.detectors.degradation.spans import spans
from ml_exporter.detectors.degradation.streams import Pace, Panel, Reading, Stream, level_of, pace_of
from ml_exporter.detectors.degradation.verdict import Degradation, SliceShare
from ml_exporter.detectors.interface import Bucket, Detector, Evidence, Floats, Kind, Settings
from ml_exporter.tallies import Buckets, SeriesKey, Sums
from ml_exporter.windows import Totals

PREFIX = "degradation/"
KNOWLEDGE_PREFIX = f"{PREFIX}knowledge/"
HISTORY = f"{PREFIX}history"
ANOMALIES = f"{PREFIX}anomalies"
_MOST_EMPTY_BUCKETS = 1440
"""So many buckets without any event are counted after a pause; a longer one says no more."""

_GROWTH = 0.25
"""A provisional baseline is learnt anew when so much more has been seen than it was learnt from."""


class DegradationJudge:
    """Judges every metric of every version that is judged at all, and remembers what it said."""

    def __init__(self, monitoring: Monitoring, references: Mapping[str, Reference] | None = None) -> None:
        """Start with nothing known.

        Args:
            monitoring: the configuration.
            references: model to the outcomes that its baselines are learnt from, where it has a reference.
        """
        self._monitoring = monitoring
        self._references = references or {}
        self._models = {model.name: model for model in monitoring.models}
        names = dict.fromkeys((*monitoring.detection.detectors, *monitoring.detection.also_page))
        self._detectors = tuple(detector(name) for name in names)
        self._fleets: dict[Pace, Fleet] = {}
        self._stored: dict[Pace, Fleet] = {}
        self._explainer = Explainer()
        self._anomalies = AnomalyWatch(monitoring)
        self.anomalies: list[Anomaly] = []
        """How unusual each version's last wide bucket was, all metrics together."""

        self._history: list[BaselineEntry] = []
        self._history_stored: list[BaselineEntry] = []

    def judge(
        self,
        buckets: Buckets,
        series: Sequence[tuple[int, SeriesKey]],
        closed_until: float,
        window: Totals,
    ) -> list[Degradation]:
        """Show the detectors every bucket that has closed since the last call.

        Args:
            buckets: the sums by time; what has been consumed is dropped from them.
            series: code and key of every series that is exposed.
            closed_until: buckets that start before are closed, seconds since the epoch.
            window: the shortest window.

        Returns:
            What is said of each metric of each version, in a fixed order.
        """
        if not self._monitoring.detection.enabled or closed_until <= 0:
            return []
        codes = {key: code for code, key in series if not key.is_slice}
        for name, width in self._widths(buckets).items():
            fleet = self._fleets.get(name) or self._new_fleet(name, width, closed_until)
            self._fleets[name] = self._with_new_streams(name, fleet, buckets, codes)
            self._consume(name, buckets, codes, closed_until)
            self._fleets[name] = self._with_new_baselines(name, buckets, codes, closed_until)
        self.anomalies = self._anomalies.watch(buckets, codes, closed_until, self._widths(buckets)["slow"])
        buckets.forget_judged(min(fleet.judged_until for fleet in self._fleets.values()))
        said: list[Degradation] = []
        for name, fleet in self._fleets.items():
            live = [stream for stream in fleet.streams if stream.series in codes]
            reading = Panel(live, codes, self._models).read(window, fleet.knowledge.cuts[_places(fleet, live)])
            explain = partial(self._explain, fleet, buckets, series)
            said += degradations(
                fleet, live, reading, self._monitoring, self._watching(name), self._together(), explain
            )
        return sorted(said, key=lambda one: (one.model_name, one.model_version, one.metric))

    def _watching(self, name: Pace) -> tuple[Detector, ...]:
        """Return the detectors that are meant for what is judged at a pace."""
        kind: Kind = "proportion" if name == "fast" else "bounded"
        return tuple(one for one in self._detectors if kind in one.kinds)

    def _explain(
        self,
        fleet: Fleet,
        buckets: Buckets,
        series: Sequence[tuple[int, SeriesKey]],
        stream: Stream,
        metric: Metric,
        change: float,
    ) -> tuple[SliceShare, ...]:
        return self._explainer.explain(fleet, stream, metric, change, buckets, self._monitoring, series)

    def _widths(self, buckets: Buckets) -> dict[Pace, float]:
        """Return how wide a bucket is at each pace: the finest, and for values the third or widest."""
        widths = buckets.ladder.widths
        return {"fast": widths[0], "slow": widths[min(2, len(widths) - 1)]}

    def _new_fleet(self, name: Pace, width: float, closed_until: float) -> Fleet:
        nothing = nothing_known((), self._monitoring)
        begin = closed_until // width * width
        return empty_fleet(width, nothing, begin, counts=name == "fast", detectors=self._watching(name))

    def _with_new_streams(self, name: Pace, fleet: Fleet, buckets: Buckets, codes: Mapping[SeriesKey, int]) -> Fleet:
        known = set(fleet.streams)
        new = [
            stream
            for key in codes
            for stream in _streams(key, self._models[key.model])
            if stream not in known and pace_of(catalogue.metric(stream.metric, self._models[key.model].task)) == name
        ]
        if not new:
            return fleet
        fleet = fleet.with_streams(new, nothing_known(new, self._monitoring), self._watching(name))
        lately = _outcomes_lately(buckets, codes)
        for stream in new:
            fleet = self._inherited(fleet, stream, lately)
        return fleet

    def _inherited(self, fleet: Fleet, stream: Stream, lately: Mapping[SeriesKey, float]) -> Fleet:
        """Let a new version start from the baseline of the version that had most outcomes on the day before."""
        if not self._models[stream.model].baseline.inherit:
            return fleet
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

    def _consume(self, name: Pace, buckets: Buckets, codes: Mapping[SeriesKey, int], closed_until: float) -> None:
        fleet = self._fleets[name]
        live = [stream for stream in fleet.streams if stream.series in codes]
        if not live:
            self._fleets[name] = replace(
                fleet, judged_until=max(fleet.judged_until, closed_until // fleet.width * fleet.width)
            )
            return
        panel, places = Panel(live, codes, self._models), _places(fleet, live)
        for start, width, totals in spans(buckets, fleet.judged_until, closed_until, fleet.width, judged=True):
            fleet = self._after_silence(fleet, start)
            reading = panel.read(totals, fleet.knowledge.cuts[places])
            fleet = self._shown(name, fleet, _bucket(fleet, start, width, reading, places))
        self._fleets[name] = self._after_silence(fleet, closed_until // fleet.width * fleet.width)

    def _shown(self, name: Pace, fleet: Fleet, bucket: Bucket) -> Fleet:
        detection = self._monitoring.detection
        settings = Settings(
            false_alarm_every=detection.false_alarm_every.seconds,
            recover_for=detection.recover_for.seconds,
            objective=self._objectives(fleet),
        )
        others = self._together(besides=name)
        judged: Judged = consume(
            fleet, bucket, self._watching(name), settings, detection.timezone, detection.also_page, others
        )
        changes.log(judged, bucket, self._watching(name), detection.timezone)
        return judged.fleet

    def _after_silence(self, fleet: Fleet, until: float) -> Fleet:
        """Count the buckets that held no event at all."""
        empty = round((until - fleet.judged_until) / fleet.width)
        if empty <= 0:
            return fleet
        paces = fleet.paces
        nothing = fleet.no_events()
        for _ in range(min(empty, _MOST_EMPTY_BUCKETS)):
            paces = pace.update(paces, nothing)
        return replace(fleet, paces=paces, judged_until=until)

    def _with_new_baselines(
        self, name: Pace, buckets: Buckets, codes: Mapping[SeriesKey, int], closed_until: float
    ) -> Fleet:
        """Learn baselines that are not frozen yet, and of which more has been seen."""
        fleet = self._fleets[name]
        due = [
            place
            for place, stream in enumerate(fleet.streams)
            if stream.series in codes and self._is_due(fleet, place, closed_until)
        ]
        for model, reference in self._references.items():
            places = [place for place in due if fleet.streams[place].model == model]
            if places:
                streams = [fleet.streams[place] for place in places]
                part = learn_from_reference(streams, reference, self._monitoring, closed_until)
                fleet = self._with_frozen(fleet, places, part, closed_until)
        by_period: dict[float, list[int]] = {}
        for place in due:
            if fleet.streams[place].model in self._references:
                continue
            period = self._models[fleet.streams[place].model].baseline.period.seconds
            by_period.setdefault(period, []).append(place)
        for period, places in by_period.items():
            panel = Panel([fleet.streams[place] for place in places], codes, self._models)
            part = learn_from_buckets(
                panel,
                buckets,
                self._monitoring,
                closed_until - min(self._monitoring.detection.recover_for.seconds, period / 10),
                period,
                fleet.width if name == "slow" else None,
                [fleet.degraded[place] for place in places],
            )
            part = _unless_worse(fleet.knowledge.taken(places), part, closed_until)
            fleet = self._with_frozen(fleet, places, part, closed_until)
        return fleet

    def _with_frozen(self, fleet: Fleet, places: Sequence[int], part: Knowledge, at: float) -> Fleet:
        """Return the fleet with what has been learnt of some streams, and note which baselines are frozen by that."""
        self._history += [
            history.entry("frozen", at, fleet.streams[place], part, row)
            for row, place in enumerate(places)
            if part.frozen[row]
        ]
        return fleet.with_knowledge(places, part)

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

    def _objectives(self, fleet: Fleet) -> Floats:
        """Return the level at which each stream misses its objective, NaN where it has none."""
        levels = []
        for stream in fleet.streams:
            model = self._models.get(stream.model)
            objective = model.objectives.get(stream.metric) if model is not None else None
            levels.append(
                np.nan
                if objective is None or model is None
                else level_of(catalogue.metric(stream.metric, model.task), objective.threshold)
            )
        return np.array(levels, dtype=np.float64)

    def _together(self, besides: Pace | None = None) -> Evidence | None:
        """Return what the detectors that page said last, of all fleets but one."""
        evidence = [
            combined(self._watching(name), fleet.evidence, len(fleet.streams))
            for name, fleet in self._fleets.items()
            if name != besides and fleet.evidence
        ]
        if not evidence:
            return None
        return Evidence(
            np.concatenate([one.log10_evidence for one in evidence]),
            np.concatenate([one.log10_threshold for one in evidence]),
        )

    def freeze(self, chosen: Callable[[Stream], bool], at: float) -> int:
        """Freeze the provisional baselines of some streams as they are; return how many."""
        count = 0
        for name, fleet in self._fleets.items():
            known = ~np.isnan(fleet.knowledge.learnt.margin).any(axis=1) & (fleet.knowledge.frozen == 0)
            places = [place for place, stream in enumerate(fleet.streams) if known[place] and chosen(stream)]
            if places:
                part = fleet.knowledge.taken(places)
                part = replace(part, frozen=np.ones(len(places)), inherited=np.zeros(len(places)))
                self._note("frozen by command", at, fleet, places)
                self._fleets[name] = fleet.with_knowledge(places, part)
                count += len(places)
        return count

    def reset(self, chosen: Callable[[Stream], bool], at: float, since: float | None) -> int:
        """Forget the baselines and verdicts of some streams, to be learnt anew; return how many.

        Args:
            chosen: tells which streams.
            at: the time, seconds since the epoch.
            since: nothing before is to be learnt from; None: all of the period may be.
        """
        count = 0
        for name, fleet in self._fleets.items():
            places = [
                place for place, stream in enumerate(fleet.streams) if stream.model in self._models and chosen(stream)
            ]
            if places:
                streams = [fleet.streams[place] for place in places]
                nothing = nothing_known(streams, self._monitoring)
                self._note("reset by command", at, fleet, places)
                self._fleets[name] = fleet.restarted(places, nothing, since, self._watching(name))
                count += len(places)
        return count

    def _note(self, action: str, at: float, fleet: Fleet, places: Sequence[int]) -> None:
        for place in places:
            self._history.append(history.entry(action, at, fleet.streams[place], fleet.knowledge, place))

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        changed = self._anomalies.changes(ANOMALIES)
        for name, fleet in self._fleets.items():
            stored = self._stored.get(name)
            if stored is fleet:
                continue
            changed.append((f"{PREFIX}{name}", fleet.to_bytes()))
            if stored is None or stored.knowledge is not fleet.knowledge:
                changed.append((f"{KNOWLEDGE_PREFIX}{name}", states.to_bytes(fleet.knowledge.to_state())))
            self._stored[name] = fleet
        if self._history[-1:] != self._history_stored:
            self._history = self._history[-history.MOST_ENTRIES :]
            self._history_stored = self._history[-1:]
            changed.append((HISTORY, history.to_bytes(self._history)))
        return changed

    def restore(self, stored: Mapping[str, bytes], buckets: Buckets) -> None:
        """Take over what was known before the process started.

        Args:
            stored: what the ledger kept under ``PREFIX``.
            buckets: their ladder decides how wide a bucket is.

        Raises:
            DamagedState: it is damaged.
        """
        self._anomalies.restore(stored.get(ANOMALIES))
        self._history = history.from_bytes(stored.get(HISTORY))
        self._history_stored = self._history[-1:]
        for name, width in self._widths(buckets).items():
            content, knowledge = stored.get(f"{PREFIX}{name}"), stored.get(f"{KNOWLEDGE_PREFIX}{name}")
            if content is not None and knowledge is not None:
                fleet = Fleet.from_bytes(
                    content, knowledge, width, counts=name == "fast", detectors=self._watching(name)
                )
                self._fleets[name] = self._stored[name] = fleet


def _outcomes_lately(buckets: Buckets, codes: Mapping[SeriesKey, int]) -> dict[SeriesKey, float]:
    """Return the outcomes of each version on the day before the open bucket."""
    tally = buckets.tallies["outcomes"]
    until = buckets.closed_until
    day = buckets.between(tally.name, buckets.clocks(tally)[0], until - 86400.0, until)
    whole = Sums.merge_all([Sums.empty(len(tally.columns)), *(sums for _, _, sums in day)])
    counted = dict(zip(whole.cells.tolist(), whole.values[:, 0].tolist(), strict=True))
    return {key: counted.get(code * tally.bins, 0.0) for key, code in codes.items()}


def _streams(key: SeriesKey, model: ModelSettings) -> list[Stream]:
    return [Stream(key.model, key.version, metric) for metric in model.judged_metrics]


def _places(fleet: Fleet, live: Sequence[Stream]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    place = {stream: index for index, stream in enumerate(fleet.streams)}
    return np.array([place[stream] for stream in live], dtype=np.intp)


def _bucket(
    fleet: Fleet, start: float, width: float, reading: Reading, places: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> Bucket:
    """Return a bucket of all streams of a fleet, of which those at some places were read."""
    empty = fleet.no_events()
    outcomes, bad, value = empty.outcomes.copy(), empty.bad.copy(), empty.value.copy()
    outcomes[places], bad[places], value[places] = reading.outcomes, reading.bad, reading.value
    return Bucket(start, width, outcomes, bad, value)


def _unless_worse(before: Knowledge, after: Knowledge, at: float) -> Knowledge:
    """Keep what was inherited until the version's own baseline is known; note the time of the attempt either way."""
    keep = np.isnan(after.learnt.margin).any(axis=1) & (before.inherited > 0)
    if not keep.any():
        return after
    kept = before.taken(np.flatnonzero(keep).tolist())
    return after.put(np.flatnonzero(keep).tolist(), replace(kept, learnt_at=np.full(len(kept.learnt_at), at)))
