"""Every metric of the catalogue, in every window, with its bounds, and the same for slices."""

from collections import defaultdict
from collections.abc import Iterable

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate, Family, Metric
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.config import Monitoring
from ml_exporter.snapshot.families import Labels, Samples, present
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.snapshot.observation import Observation
from ml_exporter.windows import Totals

_Collected = dict[Family, list[tuple[Labels, float]]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of all metrics."""
    collected: _Collected = defaultdict(list)
    for sliced in (True, False):
        metrics = [metric for metric in catalogue.metrics() if metric.sliced == sliced]
        for group in groups(observation.monitoring, observation.series, slices=sliced):
            for window in observation.windows:
                _fill_group(collected, metrics, group, window, observation.monitoring)
    return [Samples(family, _together(family, values)) for family, values in collected.items()]


def _together(family: Family, values: list[tuple[Labels, float]]) -> list[tuple[Labels, float]]:
    """Put the quantiles of one summary next to each other, as OpenMetrics wants them: they are its last label."""
    return sorted(values) if family.type == "summary" else values


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
    versions, slices = group.versions, group.slices
    own = {model: _own_labels(metric, monitoring, model) for model in {key.model for key in group.keys}}
    for family, values in columns:
        collected[family] += present(versions, values, window, *metric.fixed_labels.values(), own=own)
        if slices:
            collected[segment_family(family)] += present(slices, values, window, *metric.fixed_labels.values(), own=own)


def _own_labels(metric: Metric, monitoring: Monitoring, model: str) -> Labels:
    return tuple(monitoring.model(model).label_value(label) for label in metric.model_labels)
