"""The judge: at each tick it shows the detectors what has closed, keeps baselines, and says what has degraded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.detectors import detector
from ml_exporter.detectors import state as states
from ml_exporter.detectors.degradation import changes
from ml_exporter.detectors.degradation.anomaly import Anomaly, AnomalyWatch
from ml_exporter.detectors.degradation.baselines import BaselineKeeper
from ml_exporter.detectors.degradation.explanation import Explainer
from ml_exporter.detectors.degradation.fleet import Fleet, after_silence, combined, consume, empty_fleet
from ml_exporter.detectors.degradation.knowledge import Reference, nothing_known
from ml_exporter.detectors.degradation.says import degradations
from ml_exporter.detectors.degradation.spans import spans
from ml_exporter.detectors.degradation.streams import KIND, Pace, Panel, Reading, Stream, level_of, pace_of
from ml_exporter.detectors.degradation.verdict import Degradation, SliceShare
from ml_exporter.detectors.interface import Bucket, Detector, Evidence, Floats, Settings
from ml_exporter.tallies import Buckets, SeriesKey
from ml_exporter.windows import Totals

PREFIX = "degradation/"
KNOWLEDGE_PREFIX = f"{PREFIX}knowledge/"
HISTORY = f"{PREFIX}history"
ANOMALIES = f"{PREFIX}anomalies"


class DegradationJudge:
    """Judges every metric of every version that is judged at all, and remembers what it said."""

    def __init__(self, monitoring: Monitoring, references: Mapping[str, Reference] | None = None) -> None:
        """Start with nothing known.

        Args:
            monitoring: the configuration.
            references: model to the outcomes that its baselines are learnt from, where it has a reference.
        """
        self._monitoring = monitoring
        self._models = {model.name: model for model in monitoring.models}
        self._scored = {model.name for model in monitoring.models if model.switches.anomaly_detection is not False}
        names = dict.fromkeys((*monitoring.detection.detectors, *monitoring.detection.also_page))
        self._detectors = tuple(detector(name) for name in names)
        self._fleets: dict[Pace, Fleet] = {}
        self._stored: dict[Pace, Fleet] = {}
        self._baselines = BaselineKeeper(monitoring, references or {})
        self._explainer = Explainer()
        self._anomalies = AnomalyWatch(monitoring)
        self.anomalies: list[Anomaly] = []
        """How unusual each version's last wide bucket was, all metrics together."""

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
        widths = _widths(buckets)
        for name, width in widths.items():
            fleet = self._fleets.get(name) or self._new_fleet(name, width, closed_until)
            self._fleets[name] = self._with_new_streams(name, fleet, buckets, codes)
            fleet = self._consumed(name, buckets, codes, closed_until)
            learnt_width = width if name == "slow" else None
            self._fleets[name] = self._baselines.learnt(fleet, buckets, codes, closed_until, learnt_width)
        scored = {key: code for key, code in codes.items() if key.model in self._scored}
        self.anomalies = self._anomalies.watch(buckets, scored, closed_until, widths["slow"])
        buckets.forget_judged(min(fleet.judged_until for fleet in self._fleets.values()))
        together = self._together()
        said: list[Degradation] = []
        for name, fleet in self._fleets.items():
            live = _live(fleet, codes)
            reading = Panel(live, codes, self._models).read(window, fleet.knowledge.cuts[_places(fleet, live)])
            explain = partial(self._explain, fleet, buckets, series)
            said += degradations(fleet, live, reading, self._monitoring, self._watching(name), together, explain)
        return sorted(said, key=lambda one: (one.model_name, one.model_version, one.metric))

    def _watching(self, name: Pace) -> tuple[Detector, ...]:
        """Return the detectors that are meant for what is judged at a pace."""
        return tuple(one for one in self._detectors if KIND[name] in one.kinds)

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
        return self._baselines.inherited(fleet, new, buckets, codes)

    def _consumed(self, name: Pace, buckets: Buckets, codes: Mapping[SeriesKey, int], closed_until: float) -> Fleet:
        """Return a fleet that has been shown every bucket that has closed."""
        fleet = self._fleets[name]
        until = closed_until // fleet.width * fleet.width
        if until <= fleet.judged_until:
            return fleet
        live = _live(fleet, codes)
        if not live:
            return replace(fleet, judged_until=until)
        panel, places = Panel(live, codes, self._models), _places(fleet, live)
        settings, others = self._settings(fleet), self._together(besides=name)
        for start, width, totals in spans(buckets, fleet.judged_until, closed_until, fleet.width, judged=True):
            fleet = after_silence(fleet, start)
            reading = panel.read(totals, fleet.knowledge.cuts[places])
            fleet = self._shown(name, fleet, _bucket(fleet, start, width, reading, places), settings, others)
        return after_silence(fleet, until)

    def _settings(self, fleet: Fleet) -> Settings:
        detection = self._monitoring.detection
        return Settings(
            false_alarm_every=detection.false_alarm_every.seconds,
            recover_for=detection.recover_for.seconds,
            objective=self._objectives(fleet),
        )

    def _shown(self, name: Pace, fleet: Fleet, bucket: Bucket, settings: Settings, others: Evidence | None) -> Fleet:
        detection, watching = self._monitoring.detection, self._watching(name)
        judged = consume(fleet, bucket, watching, settings, detection.timezone, detection.also_page, others)
        changes.log(judged, bucket, watching, detection.timezone)
        return judged.fleet

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
        counts = []
        for name, fleet in self._fleets.items():
            self._fleets[name], count = self._baselines.frozen(fleet, chosen, at)
            counts.append(count)
        return sum(counts)

    def reset(self, chosen: Callable[[Stream], bool], at: float, since: float | None) -> int:
        """Forget the baselines and verdicts of some streams, to be learnt anew; return how many.

        Args:
            chosen: tells which streams.
            at: the time, seconds since the epoch.
            since: nothing before is to be learnt from; None: all of the period may be.
        """
        counts = []
        for name, fleet in self._fleets.items():
            self._fleets[name], count = self._baselines.reset(fleet, chosen, at, since, self._watching(name))
            counts.append(count)
        return sum(counts)

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
        return changed + self._baselines.changes(HISTORY)

    def restore(self, stored: Mapping[str, bytes], buckets: Buckets) -> None:
        """Take over what was known before the process started.

        Args:
            stored: what the ledger kept under ``PREFIX``.
            buckets: their ladder decides how wide a bucket is.

        Raises:
            DamagedState: it is damaged.
        """
        self._anomalies.restore(stored.get(ANOMALIES))
        self._baselines.restore(stored.get(HISTORY))
        for name, width in _widths(buckets).items():
            content, knowledge = stored.get(f"{PREFIX}{name}"), stored.get(f"{KNOWLEDGE_PREFIX}{name}")
            if content is not None and knowledge is not None:
                fleet = Fleet.from_bytes(
                    content, knowledge, width, counts=name == "fast", detectors=self._watching(name)
                )
                self._fleets[name] = self._stored[name] = fleet


def _widths(buckets: Buckets) -> dict[Pace, float]:
    """Return how wide a bucket is at each pace: the finest, and for values the third or widest."""
    widths = buckets.ladder.widths
    return {"fast": widths[0], "slow": widths[min(2, len(widths) - 1)]}


def _live(fleet: Fleet, codes: Mapping[SeriesKey, int]) -> list[Stream]:
    """Return the streams of a fleet whose versions are exposed."""
    return [stream for stream in fleet.streams if stream.series in codes]


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
