"""From a fleet's arrays to what is said of each stream."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric, intervals
from ml_exporter.config import Monitoring
from ml_exporter.detectors import ensemble
from ml_exporter.detectors.degradation.fleet import Fleet, combined
from ml_exporter.detectors.degradation.knowledge import NATIVE
from ml_exporter.detectors.degradation.streams import Reading, Stream
from ml_exporter.detectors.degradation.verdict import Degradation, DetectorSays, KnownBaseline, SliceShare
from ml_exporter.detectors.interface import (
    CHANGE_TIME,
    CHANGED_LEVEL,
    CHANGED_OUTCOMES,
    CROSSING_EARLIEST,
    CROSSING_LATEST,
    CROSSING_TIME,
    TREND_PER_DAY,
    Detector,
    Evidence,
)

Explain = Callable[[Stream, Metric, float], tuple[SliceShare, ...]]
"""From a degraded stream, its metric and the time of the change (NaN: not known) to the slices that explain it."""


_FORESEEN = frozenset({TREND_PER_DAY, CROSSING_TIME, CROSSING_EARLIEST, CROSSING_LATEST})
"""What is said of the future: of a model for which that is switched off, nothing."""


def degradations(
    fleet: Fleet,
    live: Sequence[Stream],
    reading: Reading,
    monitoring: Monitoring,
    detectors: Sequence[Detector],
    everybody: Evidence | None,
    explain: Explain,
) -> list[Degradation]:
    """Return what is said of the live streams of a fleet.

    Args:
        fleet: after the last bucket.
        live: its streams that are exposed.
        reading: of these, over the shortest window.
        monitoring: the configuration.
        detectors: those that run.
        everybody: the evidence of all fleets, which decides how much a stream needs; None: nobody has said anything.
        explain: finds the slices that explain a degradation.
    """
    together = combined(detectors, fleet.evidence, len(fleet.streams))
    surplus = 0.0
    if everybody is not None:
        surplus = ensemble.fleet_threshold(everybody, ensemble.fleet_alarms(everybody))
    extras = _extras(fleet.evidence)
    place_of = {stream: place for place, stream in enumerate(fleet.streams)}
    said = []
    for index, stream in enumerate(live):
        place = place_of[stream]
        model = monitoring.model(stream.model)
        metric = catalogue.metric(stream.metric, model.task)
        foreseen = model.switches.predictive_alerting is not False
        one = {name: float(values[place]) for name, values in extras.items() if foreseen or name not in _FORESEEN}
        known, value = _known(fleet, place), float(reading.native[index])
        degraded = bool(fleet.latched["latched"][place])
        said.append(
            Degradation(
                model_name=stream.model,
                model_version=stream.version,
                metric=stream.metric,
                degraded=degraded,
                since=float(fleet.latched["since"][place]),
                alarms=int(fleet.latched["alarms"][place]),
                baseline=known,
                value=value,
                z_score=_z_score(known, value),
                change_ratio=_change_ratio(known, value),
                log10_evidence=float(together.log10_evidence[place]),
                log10_threshold=float(together.log10_threshold[place]) + surplus,
                detectors=_by_detector(fleet.evidence, place, () if foreseen else ("trend",)),
                change_point=one.get(CHANGE_TIME, np.nan),
                **_change(fleet, place, one),
                trend_per_day=_sign(metric) * one.get(TREND_PER_DAY, np.nan),
                crossing=one.get(CROSSING_TIME, np.nan),
                crossing_earliest=one.get(CROSSING_EARLIEST, np.nan),
                crossing_latest=one.get(CROSSING_LATEST, np.nan),
                slices=explain(stream, metric, one.get(CHANGE_TIME, np.nan)) if degraded else (),
            )
        )
    return said


def _sign(metric: Metric) -> float:
    """Return what turns a rise of the level into one of the metric; NaN where they differ in kind."""
    if metric.proportion is None and metric.ranked is not None:
        return float("nan")
    return -1.0 if metric.direction == "higher" else 1.0


def _extras(evidence: Mapping[str, Evidence]) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return {name: values for one in evidence.values() for name, values in one.extras.items()}


def _by_detector(evidence: Mapping[str, Evidence], place: int, without: Sequence[str]) -> dict[str, DetectorSays]:
    """Return what each detector says of a stream, of those that can judge it and are not left out."""
    return {
        name: DetectorSays(float(one.log10_evidence[place]), float(one.log10_threshold[place]))
        for name, one in evidence.items()
        if name not in without and not np.isnan(one.log10_evidence[place])
    }


def _known(fleet: Fleet, place: int) -> KnownBaseline | None:
    knowledge = fleet.knowledge
    if not knowledge.learnt.known[place]:
        return None
    return KnownBaseline(
        **{name: float(knowledge.native[name][place]) for name in NATIVE},
        outcomes=float(knowledge.learnt.summary.outcomes[place]),
        ready=bool(knowledge.frozen[place]),
        inherited=bool(knowledge.inherited[place]),
        since=float(knowledge.since[place]),
        until=float(knowledge.until[place]),
    )


def _z_score(known: KnownBaseline | None, value: float) -> float:
    return float("nan") if known is None or not known.std > 0 else (value - known.mean) / known.std


def _change_ratio(known: KnownBaseline | None, value: float) -> float:
    return float("nan") if known is None or known.mean == 0 else (value - known.mean) / abs(known.mean)


def _change(fleet: Fleet, place: int, extras: Mapping[str, float]) -> dict[str, float]:
    """Return by how much the level has risen since the change, with the interval of the new level."""
    level, outcomes = extras.get(CHANGED_LEVEL, np.nan), extras.get(CHANGED_OUTCOMES, np.nan)
    before = float(fleet.knowledge.learnt.summary.mean[place])
    if np.isnan(level) or not fleet.counts:
        return {"change": level - before}
    lower, upper = intervals.wilson(np.array([level * outcomes]), np.array([outcomes]))
    return {
        "change": level - before,
        "change_lower": float(lower[0]) - before,
        "change_upper": float(upper[0]) - before,
    }
