"""What others would do in the same tick: Prometheus' client library renders, a plain exporter computes from lists."""

import gzip
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
from prometheus_client import CollectorRegistry, Gauge, Metric, generate_latest
from prometheus_client.registry import Collector
from sklearn import metrics as scores

from benchmarks.tick.world import World
from ml_exporter.snapshot import Samples


class _Ready(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def client_library(filled: Sequence[Samples]) -> tuple[float, float]:
    """Let prometheus_client render families and compress the text as its own server does.

    Returns:
        Seconds of the processor for rendering, and for compression.
    """
    began = time.process_time()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready([_metric(samples) for samples in filled]))
    text = generate_latest(registry)
    rendered = time.process_time()
    gzip.compress(text)
    return rendered - began, time.process_time() - rendered


def _metric(samples: Samples) -> Metric:
    family = samples.family
    metric = Metric(family.name.removesuffix("_total"), family.help, family.type)
    for values, value in [*samples.values, *(row for column in samples.columns for row in column.rows())]:
        metric.add_sample(family.name, dict(zip(family.labels, values, strict=True)), value)
    for values, histogram in samples.histograms:
        labels = dict(zip(family.labels, values, strict=True))
        edges = (*map(repr, family.edges), "+Inf")
        for edge, count in zip(edges, accumulate(histogram.buckets), strict=True):
            metric.add_sample(f"{family.name}_bucket", {**labels, "le": edge}, count)
        metric.add_sample(f"{family.name}_sum", labels, histogram.total)
        metric.add_sample(f"{family.name}_count", labels, sum(histogram.buckets))
    return metric


_COMPUTED = {
    "accuracy": lambda true, said, _: scores.accuracy_score(true, said),
    "precision": lambda true, said, _: scores.precision_score(true, said, zero_division=0),
    "recall": lambda true, said, _: scores.recall_score(true, said, zero_division=0),
    "f1": lambda true, said, _: scores.f1_score(true, said, zero_division=0),
    "auc_roc": lambda true, _, score: scores.roc_auc_score(true, score),
    "auc_pr": lambda true, _, score: scores.average_precision_score(true, score),
    "log_loss": lambda true, _, score: scores.log_loss(true, score, labels=[0, 1]),
    "brier": lambda true, _, score: scores.brier_score_loss(true, score),
}


class PlainExporter:
    """The exporter of tutorials: what was said and what was true in lists by series, scikit-learn at each scrape.

    It has eight metrics without intervals and nothing else: no join, no verdicts, nothing that outlives it.
    """

    def __init__(self, world: World) -> None:
        """Take the outcomes of a world, as many as a window of it has for each of the slices of one version."""
        self._lists: dict[tuple[str, str], tuple[list[int], list[int], list[float]]] = defaultdict(lambda: ([], [], []))
        random = np.random.default_rng(0)
        for merchant in range(world.slices):
            for window, size in world.outcomes_a_slice.items():
                score = random.beta(1, 3, size)
                true = random.random(size) < score
                true[:2] = [False, True]
                lists = self._lists[f"merchant {merchant}", window]
                for column, values in zip(lists, (true.astype(int), (score >= 0.5).astype(int), score), strict=True):
                    column.extend(values.tolist())

    def scrape(self) -> tuple[float, int]:
        """Compute everything anew; return the seconds of the processor, and how many series and windows that was."""
        began = time.process_time()
        registry = CollectorRegistry()
        for name, compute in _COMPUTED.items():
            gauge = Gauge(f"ml_{name}", name, ["merchant", "window"], registry=registry)
            for labels, (true, said, score) in self._lists.items():
                gauge.labels(*labels).set(compute(true, said, score))
        generate_latest(registry)
        return time.process_time() - began, len(self._lists)
