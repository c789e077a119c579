"""What is said of features and of predictions before any label: drift, and the quality of data."""

import math
from collections.abc import Callable, Iterable, Sequence

from ml_exporter.catalogue import Family, drift
from ml_exporter.detectors.drift import MINIMUM, Comparison, FeatureSays, PredictionSays
from ml_exporter.snapshot.families import Samples
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies.feature_bins import OTHER_CATEGORY


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of drift and data quality. What is not known has no sample."""
    yield from _quality(observation.features)
    compared = [(one, one.comparison) for one in observation.features if one.comparison is not None]
    for family, value in _COMPARED.items():
        values = [(_labels(one), value(comparison)) for one, comparison in compared]
        yield Samples(family, [(labels, number) for labels, number in values if not math.isnan(number)])
    drifted = [(_labels(one), float(one.drifted)) for one in observation.features if one.drifted is not None]
    yield Samples(drift.DRIFTED, drifted)
    for family, value in _OF_PREDICTIONS.items():
        yield Samples(family, [(_labels(one), value(one.comparison)) for one in observation.predicted])


_COMPARED: dict[Family, Callable[[Comparison], float]] = {
    drift.PSI: lambda comparison: comparison.psi,
    drift.JS_DISTANCE: lambda comparison: comparison.js_distance,
    drift.KS_STATISTIC: lambda comparison: comparison.ks_statistic,
    drift.WASSERSTEIN: lambda comparison: comparison.wasserstein,
    drift.P_VALUE: lambda comparison: comparison.p_value,
    drift.UNSEEN_RATIO: lambda comparison: comparison.unseen_ratio,
    drift.VANISHED_RATIO: lambda comparison: comparison.vanished_ratio,
}
_OF_PREDICTIONS: dict[Family, Callable[[Comparison], float]] = {
    drift.PREDICTION_PSI: lambda comparison: comparison.psi,
    drift.PREDICTION_P_VALUE: lambda comparison: comparison.p_value,
}


def _quality(features: Sequence[FeatureSays]) -> Iterable[Samples]:
    seen = [one for one in features if one.counts.rows > 0]
    valued = [one for one in seen if one.counts.given > 0]
    decided = [one for one in valued if one.counts.values.total > 0]
    numeric = [one for one in decided if one.kind == "numeric"]
    categorical = [one for one in decided if one.kind == "categorical"]
    ranged = [one for one in numeric if one.ranged]
    yield _ratios(drift.NULL_RATIO, seen, lambda one: one.counts.missing / one.counts.rows)
    yield _ratios(drift.TYPE_MISMATCH_RATIO, valued, lambda one: one.counts.mismatched / one.counts.given)
    yield _ratios(drift.OUT_OF_RANGE_RATIO, ranged, lambda one: one.counts.out_of_range / one.counts.values.total)
    yield _ratios(drift.OTHER_RATIO, categorical, _other)
    yield _ratios(drift.CATEGORIES, categorical, lambda one: float(len(one.counts.values.bins)))
    many = [one for one in decided if one.counts.values.total >= MINIMUM]
    yield _ratios(drift.CONSTANT, many, lambda one: float(len(one.counts.values.bins) == 1))


def _other(one: FeatureSays) -> float:
    values = one.counts.values
    return float(values.count[values.bins == OTHER_CATEGORY].sum()) / values.total


def _ratios(family: Family, said: Iterable[FeatureSays], value: Callable[[FeatureSays], float]) -> Samples:
    return Samples(family, [(_labels(one), value(one)) for one in said])


def _labels(one: FeatureSays | PredictionSays) -> tuple[str, ...]:
    feature = (one.feature,) if isinstance(one, FeatureSays) else ()
    return (one.model_name, one.model_version, one.window, *feature)
