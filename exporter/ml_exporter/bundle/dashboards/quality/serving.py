"""How does it serve?"""

from typing import Any

from ml_exporter import catalogue
from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Query
from ml_exporter.bundle.dashboards.panels.lines import OBJECTIVE
from ml_exporter.bundle.dashboards.queries import OVERALL, WINDOWED, gauge, metric_value, share, state

_LATENCY = "prediction_latency_"
_LITTLE = 0.01
"""A share up to which the axis reaches at least, so that nothing does not look like something."""


def serving_section() -> Section:
    """Return the section."""
    return Section("How does it serve?", [Strip(7, [(latency(), 8), (requests(), 8), (failed_and_slow(), 8)])])


def latency() -> Any:
    """Return the quantiles of the latency over time."""
    quantiles = [metric for metric in catalogue.metrics() if metric.id.startswith(_LATENCY)]
    objectives = state("ml_objective", "metric", f'{OVERALL},metric=~"{_LATENCY}.+"')
    objectives = f"{objectives} and on () {gauge(quantiles[0].family.name)}"
    return panels.lines(
        "Latency",
        "Quantiles of the requests' latency in the window; they wait for no label.",
        [
            *(Query(metric_value(metric), metric.id.removeprefix(_LATENCY)) for metric in reversed(quantiles)),
            Query(objectives, OBJECTIVE, dashed=True),
        ],
        "s",
        no_value="No latencies: the events bring no latency_seconds",
        from_zero=True,
    )


def requests() -> Any:
    """Return the requests of the window, by status."""
    return panels.lines(
        "Requests in the window",
        "Requests by status, failed ones too.",
        [Query(f"sum by (status) (ml_window_requests{{{WINDOWED}}})", "{{status}}")],
        "short",
        no_value="No requests in this window",
        from_zero=True,
    )


def failed_and_slow() -> Any:
    """Return the shares of requests that failed and that were slow."""
    requests = f"ml_window_requests{{{WINDOWED}}}"
    failed = f'ml_window_requests{{{WINDOWED},status!="success"}}'
    return panels.lines(
        "Failed and slow requests",
        "The share of the window's requests that failed, by status, and that took longer than the latency objective.",
        [
            Query(share(failed, "status", requests), "{{status}}"),
            Query(f"{gauge('ml_window_slow_requests')} / on () group_left () sum({requests})", "slow"),
        ],
        "percentunit",
        no_value="No request has failed, and no latency objective is set",
        from_zero=True,
    ).axis_soft_max(_LITTLE)
