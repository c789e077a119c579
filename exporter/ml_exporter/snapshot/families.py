"""A family with its samples, as plain data, and how the modules of this package fill them."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Family
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import SeriesKey

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Histogram:
    """One histogram's counts: ``buckets`` are not cumulative and end with +Inf's."""

    buckets: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Samples:
    """A family and its samples: label values, in the family's order of labels, and the value."""

    family: Family
    values: Sequence[tuple[Labels, float]] = ()
    histograms: Sequence[tuple[Labels, Histogram]] = ()


Fill = Callable[[Observation], Iterable[Samples]]
"""Each module that fills families defines one as ``fill``."""


def fill_all(observation: Observation) -> list[Samples]:
    """Let every module of this package fill its families; return those that have samples, each once, by name."""
    package = importlib.import_module("ml_exporter.snapshot")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    parts: dict[Family, list[Samples]] = defaultdict(list)
    for module in modules:
        for samples in module.fill(observation) if hasattr(module, "fill") else ():
            filled = samples.values or samples.histograms
            if filled and observation.monitoring.exposes(samples.family.name):
                parts[samples.family].append(samples)
    return sorted(map(_joined, parts.values()), key=lambda samples: samples.family.name)


def _joined(parts: Sequence[Samples]) -> Samples:
    """Put the parts of one family together."""
    if len(parts) == 1:
        return parts[0]
    values = [value for part in parts for value in part.values]
    histograms = [histogram for part in parts for histogram in part.histograms]
    return Samples(parts[0].family, values, histograms)


def version_labels(key: SeriesKey) -> Labels:
    """Return the label values of a version."""
    return (key.model, key.version)


def series_label_values(key: SeriesKey) -> Labels:
    """Return the label values of a series: a version's, and a slice's besides."""
    if key.segment_key is None or key.segment_value is None:
        return (key.model, key.version)
    return (key.model, key.version, key.segment_key, key.segment_value)


def present(
    series: Sequence[tuple[int, SeriesKey]],
    values: NDArray[np.float64],
    *extra: str,
    own: Mapping[str, Labels] | None = None,
) -> list[tuple[Labels, float]]:
    """Pair each series with its value, leaving out those that have none (NaN).

    Args:
        series: place in ``values``, and key.
        values: (series,)
        extra: label values that follow the series' own.
        own: model to the label values of its own that follow those.
    """
    own = own or {}
    return [
        ((*series_label_values(key), *extra, *own.get(key.model, ())), float(values[place]))
        for place, key in series
        if not np.isnan(values[place])
    ]
