"""The dashboard of serving and its machines: is the model quick and up, and what does it run on?"""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.definition import DashboardKind
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import BAD, DOUBTFUL, GOOD, Query
from ml_exporter.bundle.dashboards.panels.common import thresholds
from ml_exporter.bundle.dashboards.quality.serving import failed_and_slow, latency, requests
from ml_exporter.bundle.dashboards.queries import FEEDS, OVERALL, WINDOWED, gauge, rate, state
from ml_exporter.bundle.dashboards.variables import of_one_version
from ml_exporter.config import Monitoring

_OF_MODEL = f'{FEEDS},model_name=~"$model_name"'
_NO_HOST = "The collector is switched off, or another exporter owns the host's metrics"
_NO_GPU = "No GPU has been found on the exporter's host"
_NO_PROCESS = "The model has no `process` in monitoring.yml, or it does not run on the exporter's host"


def _sections(_monitoring: Monitoring) -> Sequence[Section]:
    return [
        Section(
            "Does it answer?",
            [
                Strip(4, [(tile, 6) for tile in _tiles()]),
                Strip(8, [(latency(), 8), (requests(), 8), (failed_and_slow(), 8)]),
                Strip(8, [(_heat(), 16), (_rate(), 8)]),
            ],
        ),
        Section("What does its process take?", [Strip(7, [(_memory(), 12), (_connections(), 12)])]),
        Section("How is the host?", [Strip(7, [(_cpu(), 6), (_host_memory(), 6), (_disk(), 6), (_network(), 6)])]),
        Section("How are the GPUs?", [Strip(7, [(_gpu(), 6), (_gpu_memory(), 6), (_temperature(), 6), (_power(), 6)])]),
    ]


def _tiles() -> list[Any]:
    requests = f"sum(ml_window_requests{{{WINDOWED}}})"
    failed = f'sum(ml_window_requests{{{WINDOWED},status!="success"}})'
    slow = f"sum(ml_window_slow_requests{{{WINDOWED}}})"
    few = thresholds((None, GOOD), (0.01, DOUBTFUL), (0.05, BAD))
    return [
        panels.number(
            "Requests",
            "Requests of the window, failed ones too.",
            Query(requests, instant=True),
            "locale",
            decimals=0,
            no_value="None",
        ),
        panels.number(
            "Failed",
            "Share of the window's requests whose status is not success.",
            Query(f"({failed} or vector(0)) / ({requests} > 0)", instant=True),
            "percentunit",
            decimals=2,
            no_value="No requests",
            colours=few,
        ),
        panels.number(
            "Slow",
            "Share of the window's requests that took longer than the latency objective.",
            Query(f"{slow} / ({requests} > 0)", instant=True),
            "percentunit",
            decimals=2,
            no_value="No latency objective",
            colours=few,
        ),
        panels.number(
            "Latency, 99 %",
            "What 99 % of the window's requests stay below.",
            Query(gauge("ml_prediction_latency_quantile_seconds", quantile="0.99"), instant=True),
            "s",
            no_value="No latencies",
        ),
    ]


def _heat() -> Any:
    return panels.heat(
        "Latencies",
        "How many requests took how long. Two bands: two kinds of requests, or a cache that helps some of them.",
        Query(rate("ml_prediction_latency_seconds_bucket", "le", OVERALL), "{{le}}"),
        "s",
        no_value="No latencies: the events bring no latency_seconds",
    )


def _rate() -> Any:
    return panels.lines(
        "Requests a second",
        "How much the model is asked, by status, as the requests come in.",
        [Query(rate("ml_prediction_requests_total", "status", OVERALL), "{{status}}")],
        "reqps",
        no_value="No requests",
        from_zero=True,
    )


def _memory() -> Any:
    return panels.lines(
        "Memory of the serving process",
        "With its children. A line that climbs and never falls is a leak.",
        [Query(state("ml_model_memory_usage_bytes", "instance", _OF_MODEL), "{{instance}}")],
        "bytes",
        no_value=_NO_PROCESS,
        from_zero=True,
    )


def _connections() -> Any:
    return panels.lines(
        "Connections",
        "TCP connections that are established with the serving process.",
        [Query(state("ml_active_connections", "instance", _OF_MODEL), "{{instance}}")],
        "short",
        no_value=_NO_PROCESS,
        from_zero=True,
    )


def _used(title: str, description: str, queries: Sequence[Query], full: float, no_value: str) -> Any:
    """Return a panel of shares that are in use: red from where it gets tight."""
    panel = panels.lines(title, description, queries, "percentunit", no_value=no_value, from_zero=True).max(1)
    return panel.thresholds(thresholds((None, GOOD), (full, BAD))).thresholds_style(panels.as_line())


def _cpu() -> Any:
    idle = rate("ml_host_cpu_seconds_total", "instance", f'{FEEDS},mode="idle"')
    everything = rate("ml_host_cpu_seconds_total", "instance", FEEDS)
    return _used(
        "Processors",
        "Share of their time that is not idle.",
        [Query(f"1 - {idle} / {everything}", "{{instance}}")],
        0.9,
        _NO_HOST,
    )


def _host_memory() -> Any:
    free, size = (state(f"ml_host_memory_{name}_bytes", "instance", FEEDS) for name in ("available", "total"))
    return _used(
        "Memory",
        "Share of the host's memory that cannot be given to processes without swapping.",
        [Query(f"1 - {free} / {size}", "{{instance}}")],
        0.9,
        _NO_HOST,
    )


def _disk() -> Any:
    free, size = (state(f"ml_host_disk_{name}_bytes", "instance, mountpoint", FEEDS) for name in ("free", "total"))
    return _used(
        "Disks",
        "Share of each file system that is in use. The exporter's store needs room: a full disk stops it.",
        [Query(f"1 - {free} / {size}", "{{mountpoint}}")],
        0.9,
        _NO_HOST,
    )


def _network() -> Any:
    return panels.lines(
        "Network",
        "Bytes received and sent a second, by device.",
        [
            Query(rate("ml_host_network_receive_bytes_total", "device", FEEDS), "{{device}} in"),
            Query(rate("ml_host_network_transmit_bytes_total", "device", FEEDS), "{{device}} out"),
        ],
        "Bps",
        no_value=_NO_HOST,
        from_zero=True,
    )


def _of_gpu(name: str) -> str:
    return state(f"ml_gpu_{name}", "instance, gpu, name", FEEDS)


def _gpu() -> Any:
    return _used(
        "Use",
        "Share of the time in which each GPU was at work. Low while requests wait: the bottleneck is elsewhere.",
        [Query(_of_gpu("utilization_ratio"), "{{gpu}} {{name}}")],
        0.95,
        _NO_GPU,
    )


def _gpu_memory() -> Any:
    return _used(
        "Memory of the GPUs",
        "Share of each GPU's memory that is in use. A model that no longer fits fails its requests.",
        [Query(f"{_of_gpu('memory_used_bytes')} / {_of_gpu('memory_total_bytes')}", "{{gpu}} {{name}}")],
        0.95,
        _NO_GPU,
    )


def _temperature() -> Any:
    panel = panels.lines(
        "Temperature",
        "Of each GPU. From about 85 °C (the line) on most slow themselves down.",
        [Query(_of_gpu("temperature_celsius"), "{{gpu}} {{name}}")],
        "celsius",
        no_value=_NO_GPU,
    )
    return panel.thresholds(thresholds((None, GOOD), (85, BAD))).thresholds_style(panels.as_line())


def _power() -> Any:
    return panels.lines(
        "Power",
        "What each GPU draws.",
        [Query(_of_gpu("power_watts"), "{{gpu}} {{name}}")],
        "watt",
        no_value=_NO_GPU,
        from_zero=True,
    )


DASHBOARD = DashboardKind(
    "serving",
    10,
    "Serving and infrastructure",
    "who runs the service",
    "Does this model answer, quickly and without errors, and what does it run on?",
    of_one_version,
    _sections,
)
