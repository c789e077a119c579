"""Every metric of the catalogue, in every window, with its bounds, and the same for slices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate, Family, Metric
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.config import Monitoring
from ml_exporter.snapshot.families import Column, Labels, Samples
from ml_exporter.snapshot.groups import Group, Members, groups
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Totals

_Collected = dict[Family, list[Column]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of all metrics."""
    collected: _Collected = defaultdict(list)
    for sliced in (True, False):
        metrics = [metric for metric in catalogue.metrics() if metric.sliced == sliced]
        for group in groups(observation.monitoring, observation.series, slices=sliced):
            for window in observation.windows:
                _fill_group(collected, metrics, group, window, observation.monitoring)
    return [_samples(family, columns) for family, columns in collected.items()]


def _samples(family: Family, columns: list[Column]) -> Samples:
    """Put the quantiles of one summary next to each other, as OpenMetrics wants them: they are its last label."""
    if family.type == "summary":
        return Samples(family, sorted(row for column in columns for row in column.rows()))
    return Samples(family, columns=columns)


def _fill_group(
    collected: _Collected, metrics: Iterable[Metric], group: Group, window: Totals, monitoring: Monitoring
) -> None:
    statistics = group.statistics(window)
    for metric in metrics:
        exposed = any(monitoring.exposes(family.name) for family in metric.families())
        if exposed and metric.applies(group.model.task, group.model.offers):
            _fill_metric(collected, metric, group, metric.estimate(statistics), window.label, monitoring)


def _fill_metric(
    collected: _Collected, metric: Metric, group: Group, estimate: Estimate, window: str, monitoring: Monitoring
) -> None:
    columns = [(metric.family, estimate.value)]
    if metric.interval is not None:
        columns += [
            (metric.bound_family("lower"), estimate.lower),
            (metric.bound_family("upper"), estimate.upper),
        ]
    for family, values in columns:
        for labels, versions, slices in _by_own_labels(metric, group, monitoring):
            further = (window, *metric.fixed_labels.values(), *labels)
            collected[family].append(versions.column(values, *further))
            if slices.keys:
                collected[segment_family(family)].append(slices.column(values, *further))


def _by_own_labels(metric: Metric, group: Group, monitoring: Monitoring) -> Iterator[tuple[Labels, Members, Members]]:
    """Yield versions and slices of a group apart by the labels that are their models' own."""
    if not metric.model_labels:
        yield (), group.versions, group.slices
        return
    models = sorted({key.model for key in group.keys})
    own = {
        model: tuple(monitoring.model(model).label_value(label) for label in metric.model_labels) for model in models
    }
    for labels in sorted(set(own.values())):

        def has(key: SeriesKey, labels: Labels = labels) -> bool:
            return own[key.model] == labels

        yield labels, group.versions.where(has), group.slices.where(has)
