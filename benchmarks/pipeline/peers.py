"""Others on rows that are decoded and joined already: river one by one, and an exporter of lists and scikit-learn."""

import time
import tracemalloc
from collections import defaultdict

import numpy as np
from river import metrics
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_score, recall_score, roc_auc_score

from benchmarks.pipeline.events import VERSIONS

ROWS = 100_000
SCRAPED_SERIES, EVENTS_A_SERIES = 50, 1000

Row = tuple[int, int, float]
"""Series, actual class, score."""


def rows() -> list[Row]:
    """Return joined rows."""
    random = np.random.default_rng(0)
    series, actual = random.integers(0, VERSIONS, ROWS), random.integers(0, 2, ROWS)
    return list(zip(series.tolist(), actual.tolist(), random.random(ROWS).tolist(), strict=True))


def _river_metrics() -> list[metrics.base.Metric]:
    return [
        metrics.Accuracy(),
        metrics.Precision(),
        metrics.Recall(),
        metrics.F1(),
        metrics.LogLoss(),
        metrics.ROCAUC(),
    ]


def river(*, slices: bool) -> float:
    """Return million rows a second of the processor: six metrics of all rows, and perhaps of every series."""
    joined = rows()
    whole, by_series = _river_metrics(), defaultdict(_river_metrics)
    began = time.process_time()
    for series, actual, score in joined:
        for own in (whole, by_series[series]) if slices else (whole,):
            for metric in own[:4]:
                metric.update(actual, score >= 0.5)
            for metric in own[4:]:
                metric.update(actual, score)
    return ROWS / (time.process_time() - began) / 1e6


def naive() -> dict[str, float]:
    """Return what an exporter costs that keeps lists and computes at the scrape: bytes an event, seconds a scrape."""
    joined = [(number % SCRAPED_SERIES, actual, score) for number, (_, actual, score) in enumerate(rows())]
    joined = joined[: SCRAPED_SERIES * EVENTS_A_SERIES]
    tracemalloc.start()
    kept: dict[int, list[dict[str, float]]] = defaultdict(list)
    began = time.process_time()
    for series, actual, score in joined:
        kept[series].append({"actual": actual, "score": score + 0.0})
    added = time.process_time() - began
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.process_time()
    for own in kept.values():
        actual_classes = [event["actual"] for event in own]
        scores = [event["score"] for event in own]
        predicted = [score >= 0.5 for score in scores]
        for metric in (accuracy_score, precision_score, recall_score, f1_score):
            metric(actual_classes, predicted)
        log_loss(actual_classes, scores)
        roc_auc_score(actual_classes, scores)
    scrape = time.process_time() - began
    return {
        "add_us": added / len(joined) * 1e6,
        "bytes_an_event": held / len(joined),
        "scrape_s": scrape * 1000 / SCRAPED_SERIES,
    }
