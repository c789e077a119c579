"""From families to the text that Prometheus reads, by its own client library."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import inf

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric as ClientMetric
from prometheus_client.registry import Collector

from ml_exporter.snapshot.families import Samples

OPENMETRICS_END = b"# EOF\n"
"""What OpenMetrics wants after the last family."""


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


def openmetrics(text: bytes) -> bytes:
    """Return the same exposition in OpenMetrics, without the mark that ends it.

    For our types the formats differ in the lines above a family only: there a counter's name lacks ``_total``, and
    quotes in the help are escaped. Samples are worth rendering once.
    """
    first, *heads = (b"\n" + text).split(b"\n# ")  # no sample holds these: a label value writes a line's end as \n
    return first[1:] + b"".join(_openmetrics_head(head) for head in heads)


def _openmetrics_head(head: bytes) -> bytes:
    line, _, samples = head.partition(b"\n")
    keyword, name, words = line.split(b" ", 2)
    if keyword == b"HELP":
        words = words.replace(b'"', b'\\"')
    ended = samples if samples.endswith(b"\n") or not samples else samples + b"\n"
    return b"# %b %b %b\n%b" % (keyword, name.removesuffix(b"_total"), words, ended)


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
