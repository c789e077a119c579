"""Panels of distributions over time."""

from typing import Any

from ml_exporter.bundle.dashboards.panels.common import CALM, Query, datasource, reference, thresholds
from ml_exporter.bundle.dashboards.sdk import (
    common_models,
    dashboard,
    dashboard_models,
    heatmap,
    heatmap_models,
    prometheus,
    prometheus_models,
)


def heat(title: str, description: str, query: Query, unit: str, *, no_value: str) -> Any:
    """Return a panel with the buckets of a histogram over time, the fuller the brighter.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        query: gives a series for each bucket, called by its upper edge.
        unit: of the edges, in Grafana's spelling.
        no_value: what stands there without data.
    """
    target = prometheus.Dataquery().ref_id(reference(0)).expr(query.expression).legend_format(query.legend).range()
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets([target.format(prometheus_models.PromQueryFormat.HEATMAP)])
        .unit(unit)
        .no_value(no_value)
        .thresholds(thresholds((None, CALM)))
        .calculate(False)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(heatmap_models.HeatmapColorMode.SCHEME)
            .scheme("Blues")
            .steps(64)
            .exponent(0.5)
            .reverse(False)
        )
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.THRESHOLDS))
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .show_value(common_models.VisibilityMode.NEVER)
        .cell_gap(1)
    )
