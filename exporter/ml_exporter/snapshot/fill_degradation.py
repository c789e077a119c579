"""What detectors say: baselines, evidence, verdicts."""

import math
from collections.abc import Callable, Iterable

from ml_exporter.catalogue import Family, judgement
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.snapshot.families import Labels, Samples
from ml_exporter.snapshot.observation import Observation


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of degradation. What is not known has no sample."""
    said = observation.degradations
    known = [one for one in said if one.baseline is not None]
    yield _one_each(judgement.BASELINE_READY, said, lambda one: float(one.baseline is not None and one.baseline.ready))
    yield _one_each(judgement.BASELINE_MEAN, known, lambda one: _of_baseline(one, "mean"))
    yield _one_each(judgement.BASELINE_STD, known, lambda one: _of_baseline(one, "std"))
    yield _one_each(judgement.BASELINE_OUTCOMES, known, lambda one: _of_baseline(one, "outcomes"))
    yield _one_each(judgement.Z_SCORE, known, lambda one: one.z_score)
    yield _one_each(judgement.CHANGE_RATIO, known, lambda one: one.change_ratio)
    yield _one_each(judgement.DEGRADED, [one for one in said if one.baseline is not None or one.degraded], _degraded)
    yield _one_each(judgement.ALARMS, said, lambda one: float(one.alarms))
    yield _one_each(judgement.VOTES, known, lambda one: float(one.votes))
    yield _one_each(judgement.CHANGE_POINT, said, lambda one: one.change_point)
    yield _one_each(judgement.TREND, said, lambda one: one.trend_per_day)
    yield _one_each(judgement.CROSSING, said, lambda one: one.crossing)
    yield from _by_detector(said)
    scores = [((one.model_name, one.model_version), one.score) for one in observation.anomalies]
    yield Samples(judgement.ANOMALY_SCORE, scores)


def _degraded(one: Degradation) -> float:
    return float(one.degraded)


def _of_baseline(one: Degradation, name: str) -> float:
    return float(getattr(one.baseline, name))


def _labels(one: Degradation) -> Labels:
    return (one.model_name, one.model_version, one.metric)


def _one_each(family: Family, said: Iterable[Degradation], value: Callable[[Degradation], float]) -> Samples:
    return Samples(family, [(_labels(one), value(one)) for one in said if math.isfinite(value(one))])


def _by_detector(said: Iterable[Degradation]) -> Iterable[Samples]:
    each = [((*_labels(one), name), says) for one in said for name, says in one.detectors.items()]
    together = [
        ((*_labels(one), "together"), one.log10_evidence, one.log10_threshold)
        for one in said
        if math.isfinite(one.log10_threshold) and not math.isnan(one.log10_evidence)
    ]
    yield Samples(judgement.DEGRADATION_DETECTED, [(labels, float(says.detected)) for labels, says in each])
    evidence = [(labels, says.log10_evidence) for labels, says in each]
    evidence += [(labels, value) for labels, value, _ in together]
    threshold = [(labels, says.log10_threshold) for labels, says in each]
    threshold += [(labels, value) for labels, _, value in together]
    yield Samples(judgement.LOG10_EVIDENCE, [(labels, _shown(value)) for labels, value in evidence])
    yield Samples(judgement.LOG10_THRESHOLD, [(labels, value) for labels, value in threshold if math.isfinite(value)])


def _shown(value: float) -> float:
    """Return evidence as it is drawn: none at all is 0, one in one."""
    return max(value, 0.0)
