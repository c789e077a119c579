"""Every metric of the catalogue, in every window, with its bounds, and the same for slices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from ml_exporter import catalogue
from ml_exporter.catalogue import Estimate, Family, Metric
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.snapshot.families import Labels, Samples, present
from ml_exporter.snapshot.observation import Observation
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Window

Series = Sequence[tuple[int, SeriesKey]]
_Collected = dict[Family, list[tuple[Labels, float]]]


def fill(observation: Observation) -> Iterable[Samples]:
    """Fill the families of all metrics."""
    collected: _Collected = defaultdict(list)
    tasks = {model.name: model.task for model in observation.monitoring.models}
    for window in observation.windows:
        for task in sorted(set(tasks.values())):
            series = [(code, key) for code, key in observation.series if tasks[key.model] == task]
            _fill_task(collected, task, series, window)
    return [Samples(family, values) for family, values in collected.items()]


def _fill_task(collected: _Collected, task: str, series: Series, window: Window) -> None:
    versions = [(code, key) for code, key in series if not key.is_slice]
    for sliced, chosen in ((True, series), (False, versions)):
        metrics = [metric for metric in catalogue.metrics() if task in metric.tasks and metric.sliced == sliced]
        if chosen and metrics:
            codes = np.array([code for code, _ in chosen])
            statistics = {name: values[codes] for name, values in window.statistics.items()}
            keys = [key for _, key in chosen]
            for metric in metrics:
                _fill_metric(collected, metric, keys, metric.estimate(statistics), window.label)


def _fill_metric(
    collected: _Collected, metric: Metric, keys: Sequence[SeriesKey], estimate: Estimate, window: str
) -> None:
    columns = [(metric.family, estimate.value)]
    if metric.interval is not None:
        columns += [
            (metric.bound_family("lower"), estimate.lower),
            (metric.bound_family("upper"), estimate.upper),
        ]
    versions = [(index, key) for index, key in enumerate(keys) if not key.is_slice]
    slices = [(index, key) for index, key in enumerate(keys) if key.is_slice]
    extra = (window, *metric.fixed_labels.values())
    for family, values in columns:
        collected[family] += present(versions, values, *extra)
        if slices:
            collected[segment_family(family)] += present(slices, values, *extra)
