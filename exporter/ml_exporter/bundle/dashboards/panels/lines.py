"""Panels over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.panels.common import (
    BAD,
    CALM,
    NO_OUTCOMES,
    Query,
    datasource,
    field_property,
    targets,
    thresholds,
)
from ml_exporter.bundle.dashboards.sdk import common, common_models, dashboard, dashboard_models, timeseries

OBJECTIVE = "Objective"
_FROM, _TO = "95 % from", "95 % to"


@dataclass(frozen=True)
class Bounds:
    """The expressions of an interval's ends."""

    lower: str
    upper: str


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    *,
    no_value: str,
    from_zero: bool = False,
) -> timeseries.Panel:
    """Return a panel with lines over time; one that is called ``OBJECTIVE`` is dashed.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        queries: each gives one line or several.
        unit: in Grafana's spelling.
        no_value: what stands there without data.
        from_zero: whether the axis starts at 0.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets(queries))
        .unit(unit)
        .no_value(no_value)
        .thresholds(thresholds((None, CALM)))
        .line_width(2)
        .fill_opacity(0)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.PALETTE_CLASSIC))
    )
    panel.override_by_name(
        OBJECTIVE,
        [
            field_property("color", {"mode": "fixed", "fixedColor": BAD}),
            field_property("custom.lineWidth", 1),
            field_property("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        ],
    )
    return panel.min(0) if from_zero else panel


def band(
    title: str, description: str, value: str, bounds: Bounds | None, objective: str, unit: str
) -> timeseries.Panel:
    """Return a panel with a value, its 95 % interval as a band, and the objective as a dashed line."""
    queries = [Query(value, title)]
    if bounds is not None:
        queries += [Query(bounds.lower, _FROM), Query(bounds.upper, _TO)]
    panel = lines(title, description, [*queries, Query(objective, OBJECTIVE)], unit, no_value=NO_OUTCOMES)
    panel.override_by_name(title, [field_property("color", {"mode": "fixed", "fixedColor": CALM})])
    panel.override_by_name(_FROM, _edge_of_band())
    panel.override_by_name(
        _TO,
        [
            *_edge_of_band(),
            field_property("custom.fillBelowTo", _FROM),
            field_property("custom.fillOpacity", 20),
        ],
    )
    return panel


def _edge_of_band() -> list[Any]:
    return [
        field_property("color", {"mode": "fixed", "fixedColor": "light-blue"}),
        field_property("custom.lineWidth", 0),
        field_property("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]
