"""A family with its samples, as plain data, and how the modules of this package fill them."""

import importlib
import math
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Family
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import Exemplar, SeriesKey

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Histogram:
    """One histogram's counts: ``buckets`` are not cumulative and end with +Inf's."""

    buckets: tuple[float, ...]
    total: float
    exemplars: Mapping[int, Exemplar] = field(default_factory=dict)
    """Bucket, from the lowest, to a request that fell into it: only OpenMetrics shows them."""


@dataclass(frozen=True)
class Column:
    """One sample each of many series, all with the same further labels."""

    keys: tuple[SeriesKey, ...]
    values: NDArray[np.float64]
    """(series,) NaN: the series has no sample."""

    labels: Labels = ()
    """Label values that follow the series' own, in the family's order of labels."""

    def rows(self) -> Iterator[tuple[Labels, float]]:
        """Yield each sample's label values, and its value."""
        for key, value in zip(self.keys, self.values.tolist(), strict=True):
            if not math.isnan(value):
                yield (*series_label_values(key), *self.labels), value


@dataclass(frozen=True)
class Samples:
    """A family and its samples: label values, in the family's order of labels, and the value."""

    family: Family
    values: Sequence[tuple[Labels, float]] = ()
    histograms: Sequence[tuple[Labels, Histogram]] = ()
    columns: Sequence[Column] = ()


Fill = Callable[[Observation], Iterable[Samples]]
"""Each module that fills families defines one as ``fill``."""


def fill_all(observation: Observation) -> list[Samples]:
    """Let every module of this package fill its families; return those that have samples, each once, by name."""
    package = importlib.import_module("ml_exporter.snapshot")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    parts: dict[str, list[Samples]] = defaultdict(list)
    for module in modules:
        for samples in module.fill(observation) if hasattr(module, "fill") else ():
            filled = samples.values or samples.histograms or samples.columns
            if filled and observation.monitoring.exposes(samples.family.name):
                parts[samples.family.name].append(samples)
    return [_joined(parts[name]) for name in sorted(parts)]


def _joined(parts: Sequence[Samples]) -> Samples:
    """Put the parts of one family together."""
    if len(parts) == 1:
        return parts[0]
    return Samples(
        parts[0].family,
        [value for part in parts for value in part.values],
        [histogram for part in parts for histogram in part.histograms],
        [column for part in parts for column in part.columns],
    )


def series_label_values(key: SeriesKey) -> Labels:
    """Return the label values of a series: a version's, and a slice's besides."""
    if key.segment_key is None or key.segment_value is None:
        return version_labels(key)
    return (key.model, key.version, key.segment_key, key.segment_value)


def version_labels(key: SeriesKey) -> Labels:
    """Return the label values of a version."""
    return (key.model, key.version)
