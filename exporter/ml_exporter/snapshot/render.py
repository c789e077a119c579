"""From families to the text that Prometheus reads, by its own client library."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import inf

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric as ClientMetric
from prometheus_client.registry import Collector

from ml_exporter.snapshot.families import Samples


class _Ready(Collector):
    """Hands ready families to the client library."""

    def __init__(self, families: Sequence[ClientMetric]) -> None:
        self._families = families

    def collect(self) -> Iterable[ClientMetric]:
        return self._families


def render(filled: Iterable[Samples]) -> bytes:
    """Return the exposition in Prometheus' text format, families and samples in the order given."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready([_client_metric(samples) for samples in filled]))
    return generate_latest(registry)


def _client_metric(samples: Samples) -> ClientMetric:
    family = samples.family
    name = family.name.removesuffix("_total") if family.type == "counter" else family.name
    metric = ClientMetric(name, family.help, family.type)
    for values, value in samples.values:
        metric.add_sample(family.name, dict(zip(family.labels, values, strict=True)), value)
    for values, histogram in samples.histograms:
        labels = dict(zip(family.labels, values, strict=True))
        cumulative = list(accumulate(histogram.buckets))
        for edge, count in zip(_edges(family.edges), cumulative, strict=True):
            metric.add_sample(f"{family.name}_bucket", {**labels, "le": edge}, count)
        metric.add_sample(f"{family.name}_sum", labels, histogram.total)
        metric.add_sample(f"{family.name}_count", labels, cumulative[-1])
    return metric


def _edges(edges: tuple[float, ...]) -> Iterator[str]:
    return ("+Inf" if edge == inf else repr(edge) for edge in (*edges, inf))
