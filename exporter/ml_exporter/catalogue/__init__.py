"""The single list of every metric and family that the exporter knows.

Each module of this package may define ``METRICS`` (tuple of ``Metric``), ``SPREADS`` (tuple of ``Spread``) and
``FAMILIES`` (tuple of ``Family``, for what the snapshot fills in its own way; ``SWITCHABLE`` repeats those that a user
may switch off). Adding a metric is adding an entry to
such a tuple; nothing is registered by importing.
"""

import functools
import importlib
import pkgutil

from ml_exporter.catalogue.definition import (
    OTHER,
    Clock,
    Counts,
    Direction,
    Estimate,
    Family,
    FamilyType,
    Metric,
    Model,
    Spread,
    Statistics,
    segment_family,
    series_labels,
)

__all__ = [
    "OTHER",
    "Clock",
    "Counts",
    "Direction",
    "Estimate",
    "Family",
    "FamilyType",
    "Metric",
    "Model",
    "Spread",
    "Statistics",
    "computed_families",
    "families",
    "family",
    "metric",
    "metrics",
    "segment_family",
    "series_labels",
    "spreads",
    "switchable_families",
]


def _entries(constant: str) -> tuple[object, ...]:
    """Collect the tuples called ``constant`` from the modules of this package, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(entry for module in modules for entry in getattr(module, constant, ()))


@functools.cache
def metrics() -> tuple[Metric, ...]:
    """Return every metric that has a metric id; an id once for each task that computes it in its own way."""
    return tuple(entry for entry in _entries("METRICS") if isinstance(entry, Metric))


@functools.cache
def metric(metric_id: str, task: str | None = None) -> Metric:
    """Return the metric of that id, as models of a task have it.

    Args:
        metric_id: its spelling.
        task: None: as any task has it, where only what belongs to the id matters (see ``Metric``).

    Raises:
        KeyError: there is none.
    """
    for entry in metrics():
        if entry.id == metric_id and (task is None or entry.tasks is None or task in entry.tasks):
            return entry
    raise KeyError(metric_id)


@functools.cache
def spreads() -> tuple[Spread, ...]:
    """Return every family that has several samples a series."""
    return tuple(entry for entry in _entries("SPREADS") if isinstance(entry, Spread))


def computed_families() -> tuple[Family, ...]:
    """Return the families of metrics, with their bounds and slices, and of spreads; some of them several times."""
    of_metrics = [family for metric in metrics() for family in metric.families()]
    return (*of_metrics, *(family for spread in spreads() for family in spread.families()))


@functools.cache
def switchable_families() -> frozenset[str]:
    """Return the names of the families that a user may switch off: those of metrics, of spreads, of drift."""
    listed = [entry for entry in _entries("SWITCHABLE") if isinstance(entry, Family)]
    return frozenset(family.name for family in (*computed_families(), *listed))


@functools.cache
def families() -> tuple[Family, ...]:
    """Return every family that /metrics can show, by name."""
    declared = [entry for entry in _entries("FAMILIES") if isinstance(entry, Family)]
    by_name = {family.name: family for family in (*computed_families(), *declared)}
    return tuple(by_name[name] for name in sorted(by_name))


@functools.cache
def family(name: str) -> Family:
    """Return the family of that name.

    Raises:
        KeyError: there is none.
    """
    return {entry.name: entry for entry in families()}[name]
