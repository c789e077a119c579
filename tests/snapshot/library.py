"""The same families rendered by Prometheus' own client library: what ours has to mean the same as."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from ml_exporter.snapshot import Samples


class _Ready(Collector):
    """Hands ready families to the library."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def text_by_the_library(filled: Iterable[Samples]) -> bytes:
    """Return the exposition in the text format."""
    return bytes(generate_latest(_registry(filled)))


def openmetrics_by_the_library(filled: Iterable[Samples]) -> bytes:
    """Return the exposition in OpenMetrics, with the mark that ends it."""
    return bytes(generate_openmetrics(_registry(filled)))


def _registry(filled: Iterable[Samples]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready([_metric(samples) for samples in filled]))
    return registry


def _metric(samples: Samples) -> Metric:
    family = samples.family
    name = family.name.removesuffix("_total") if family.type == "counter" else family.name
    metric = Metric(name, family.help, family.type)
    for values, value in [*samples.values, *(row for column in samples.columns for row in column.rows())]:
        metric.add_sample(family.name, dict(zip(family.labels, values, strict=True)), value)
    for values, histogram in samples.histograms:
        labels = dict(zip(family.labels, values, strict=True))
        cumulative = list(accumulate(histogram.buckets))
        for place, (edge, count) in enumerate(zip(_edges(family.edges), cumulative, strict=True)):
            found = histogram.exemplars.get(place)
            exemplar = found and Exemplar({"trace_id": found.trace_id}, found.latency, found.timestamp)
            metric.add_sample(f"{family.name}_bucket", {**labels, "le": edge}, count, exemplar=exemplar)
        metric.add_sample(f"{family.name}_sum", labels, histogram.total)
        metric.add_sample(f"{family.name}_count", labels, cumulative[-1])
    return metric


def _edges(edges: tuple[float, ...]) -> Sequence[str]:
    return (*map(repr, edges), "+Inf")
