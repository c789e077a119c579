"""Panels of states over time."""

from typing import Any

from ml_exporter.bundle.dashboards.panels.common import FAINT, Query, Words, datasource, mapping, targets, thresholds
from ml_exporter.bundle.dashboards.sdk import common, common_models, dashboard, dashboard_models, statetimeline


def timeline(title: str, description: str, query: Query, words: Words, no_value: str) -> Any:
    """Return a panel with a coloured bar for every series.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        query: gives a bar for each of its series.
        words: value to the word and colour that stand for it.
        no_value: what stands there without data.
    """
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets([query]))
        .unit("none")
        .mappings([mapping(words)])
        .no_value(no_value)
        .thresholds(thresholds((None, FAINT)))
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.THRESHOLDS))
        .show_value(common_models.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.8)
        .fill_opacity(80)
        .line_width(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.SINGLE))
    )
