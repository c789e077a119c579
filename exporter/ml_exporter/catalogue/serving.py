"""Serving: latency and requests, from the tallies ``latency`` and ``requests``. They wait for no label."""

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import bins, intervals
from ml_exporter.catalogue.definition import Counts, Estimate, Family, Metric, Statistics, series_labels

Array = NDArray[np.float64]
_AREA = "serving"

LATENCY_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper edges of the latency histogram's buckets, seconds."""

_SUCCESS = 0
"""The code of the status of a request that succeeded."""

_QUANTILE_FAMILY = Family(
    "ml_prediction_latency_quantile_seconds",
    "summary",  # the one type that may carry the label `quantile`; count and sum are in the histogram
    "Quantile of the requests' latency in the window, within 1 % of the exact one.",
    (*series_labels(), "quantile"),
    _AREA,
)


def _quantile_estimate(quantile: float) -> Callable[[Statistics], Estimate]:
    return functools.partial(_latency_quantile, quantile)


def _latency_quantile(quantile: float, sums: Statistics) -> Estimate:
    counts = sums["latency.count"]
    reached = np.cumsum(counts, axis=1)
    total = reached[:, -1]
    lowest, highest = intervals.quantile_ranks(quantile, total)
    ranks = (np.maximum(np.ceil(total * quantile) - 1, 0), lowest, highest)
    return Estimate(*(_latency_at(reached, rank) for rank in ranks))


def _latency_at(reached: Array, rank: Array) -> Array:
    """Return the latency of the event with that rank (from 0), (series,); NaN without events."""
    position = (reached <= rank[:, None]).sum(axis=1)
    seconds = bins.latency_of_bin()[np.minimum(position, bins.LATENCY_BINS - 1)]
    return np.where(reached[:, -1] > 0, seconds, np.nan)


def _by_latency(sums: Statistics) -> Array:
    return sums["latency.count"]


def _failed(sums: Statistics) -> Counts:
    requests = sums["requests.count"].sum(axis=1)
    return requests - sums["requests.count"][:, _SUCCESS], requests


def _error_rate(sums: Statistics) -> Estimate:
    failed, requests = _failed(sums)
    return Estimate(intervals.divide(failed, requests), *intervals.wilson(failed, requests))


_LATENCIES = tuple(
    Metric(
        id=f"prediction_latency_{name}",
        title=f"Prediction latency, {name}",
        family=_QUANTILE_FAMILY,
        tasks=None,
        clock="prediction",
        direction="lower",
        estimate=_quantile_estimate(quantile),
        source="DDSketch (Masson, Rim, Lee 2019)",
        formula=f"the latency that a share of {quantile} of the requests does not exceed",
        fixed_labels={"quantile": str(quantile)},
        counted_by="latency.count",
        ranked=_by_latency,
        judged=name == "p95",  # one of them: detectors see the same events in all
        advice="Look at the dashboards of the service that answers, and at the size of its inputs.",
    )
    for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
)

METRICS = (
    *_LATENCIES,
    Metric(
        id="error_rate",
        title="Error rate",
        family=Family(
            "ml_failed_requests_ratio",
            "gauge",
            "Share of the requests in the window that failed.",
            series_labels(),
            _AREA,
        ),
        tasks=None,
        clock="prediction",
        direction="lower",
        estimate=_error_rate,
        formula="requests whose status is not success / requests",
        interval="Wilson",
        counted_by="requests.count",
        proportion=_failed,
        limits=(0.0, 1.0),
        judged=True,
        advice="Look at the statuses (ml_window_requests) and at the log of the service that answers.",
    ),
)

WINDOW_REQUESTS = Family(
    "ml_window_requests",
    "gauge",
    "Requests in the window by status, failed ones too.",
    (*series_labels(), "status"),
    _AREA,
)
WINDOW_SLOW_REQUESTS = Family(
    "ml_window_slow_requests",
    "gauge",
    "Requests in the window that took longer than the model's latency objective.",
    series_labels(),
    _AREA,
)
PREDICTION_LATENCY = Family(
    "ml_prediction_latency_seconds",
    "histogram",
    "Latency of requests since the store was made.",
    series_labels(window=False),
    _AREA,
    LATENCY_EDGES,
)
PREDICTION_REQUESTS = Family(
    "ml_prediction_requests_total",
    "counter",
    "Requests since the store was made by status, failed ones too.",
    (*series_labels(window=False), "status"),
    _AREA,
)
FAMILIES = (WINDOW_REQUESTS, WINDOW_SLOW_REQUESTS, PREDICTION_LATENCY, PREDICTION_REQUESTS)
