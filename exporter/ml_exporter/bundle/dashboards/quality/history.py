"""Since when?"""

from typing import Any

from ml_exporter.bundle.dashboards import panels
from ml_exporter.bundle.dashboards.layout import Section, Strip
from ml_exporter.bundle.dashboards.panels import Bounds, Query
from ml_exporter.bundle.dashboards.quality.metrics import Shown, heading
from ml_exporter.bundle.dashboards.quality.verdict import NO_OBJECTIVES, WORDS
from ml_exporter.bundle.dashboards.queries import metric_bound, metric_value, objective, verdicts
from ml_exporter.catalogue import Metric
from ml_exporter.config import Monitoring


def history_section(shown: Shown, monitoring: Monitoring) -> Section:
    """Return the section: objectives over time, and the metrics as bands."""
    bands = [(_band(metric), 8) for metric in shown.drawn(monitoring)]
    return Section("Since when?", [Strip(5, [(_objectives(shown, monitoring), 24)]), Strip(7, bands)])


def _objectives(shown: Shown, monitoring: Monitoring) -> Any:
    return panels.timeline(
        "Objectives over time",
        "When each objective was missed, and when its metric had no value. A gap: the exporter could not be scraped.",
        Query(verdicts(shown.tabled(monitoring)), "{{metric}}"),
        WORDS,
        NO_OBJECTIVES,
    )


def _band(metric: Metric) -> Any:
    bounds = None
    if metric.interval is not None:
        bounds = Bounds(metric_bound(metric, "lower"), metric_bound(metric, "upper"))
    return panels.band(
        heading(metric),
        f"{metric.family.help} The band is its 95 % interval; the dashed line is the objective, if there is one.",
        metric_value(metric),
        bounds,
        objective(metric),
        "none",
    )
