"""What metrics were like over long times: count, mean, median, spread and extremes of their values."""

from collections.abc import Sequence

from ml_exporter import catalogue
from ml_exporter.bundle.promql import over_instances, selector
from ml_exporter.bundle.recordings.groups import RecordingGroup, RecordingRule
from ml_exporter.config import Duration, Monitoring

_RANGES = {"1d": "5m", "7d": "30m", "30d": "2h"}
"""How far is looked back, and how far apart the values are that are looked at: some 300 of them."""

_LEAST = 4
"""Windows that must fit into a range."""

_STATISTICS = {
    "count": "count_over_time({})",
    "mean": "avg_over_time({})",
    "median": "quantile_over_time(0.5, {})",
    "std": "stddev_over_time({})",
    "min": "min_over_time({})",
    "max": "max_over_time({})",
    "p95": "quantile_over_time(0.95, {})",
    "p99": "quantile_over_time(0.99, {})",
}
_REQUESTS = "ml_window_requests"


def summary(family: str, statistic: str, span: str) -> str:
    """Return the name under which a statistic of a family over a time is recorded."""
    return f"version:{family}:{statistic}_{span}"


def _rules(monitoring: Monitoring) -> Sequence[RecordingRule]:
    shortest = monitoring.windows[0]
    ranges = [span for span in _RANGES if Duration.parse(span).seconds >= _LEAST * shortest.seconds]
    return [
        RecordingRule(summary(family, name, span), function.format(f"{values}[{span}:{_RANGES[span]}]"))
        for family, values in _values(monitoring).items()
        for span in ranges
        for name, function in _STATISTICS.items()
    ]


def _values(monitoring: Monitoring) -> dict[str, str]:
    """Return each family that models have objectives for or are judged by, and its values in the shortest window."""
    window = str(monitoring.windows[0])
    families = {
        catalogue.metric(metric, model.task).family.name
        for model in monitoring.models
        for metric in (*model.objectives, *model.judged_metrics)
    }
    values = {
        family: over_instances("max", selector(family, window=window))
        for family in sorted(families)
        if monitoring.exposes(family)
    }
    return {**values, _REQUESTS: f"sum without (status) ({over_instances('max', selector(_REQUESTS, window=window))})"}


SHARED = RecordingGroup(
    "summaries",
    "Recording rules: what metrics were like over long times.\n"
    "Each is about the values that a gauge of the shortest window had, some 300 of them evenly spaced: the mean is\n"
    "one over time, in which every hour counts alike, however many outcomes it had.",
    {
        summary("FAMILY", name, "RANGE"): f"{text} of the values of the shortest window."
        for name, text in {
            "count": "How many there are",
            "mean": "Mean",
            "median": "Median",
            "std": "Standard deviation",
            "min": "Smallest",
            "max": "Largest",
            "p95": "95th percentile",
            "p99": "99th percentile",
        }.items()
    },
    frozenset({"model_name", "model_version", "window", "quantile", "k", "average", "class", "currency"}),
    _rules,
    interval="5m",
)
