"""Panels over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.panels.common import (
    BAD,
    CALM,
    DOUBTFUL,
    NO_OUTCOMES,
    Query,
    datasource,
    field_property,
    targets,
    thresholds,
)
from ml_exporter.bundle.dashboards.sdk import common, common_models, dashboard, dashboard_models, timeseries

OBJECTIVE = "Objective"


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
    """Return a panel with lines over time, those that are limits dashed.

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
    for query in queries:
        if query.dashed:
            panel.override_by_name(query.legend, _dashed())
    return panel.min(0) if from_zero else panel


def _dashed() -> list[Any]:
    return [
        field_property("color", {"mode": "fixed", "fixedColor": BAD}),
        field_property("custom.lineWidth", 1),
        field_property("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
    ]


def band(
    title: str,
    description: str,
    value: str,
    bounds: Bounds | None,
    objective: str | None,
    unit: str,
    *,
    no_value: str = NO_OUTCOMES,
) -> timeseries.Panel:
    """Return a panel with a value, its 95 % interval as a band, and the objective, if any, as a dashed line."""
    limit = None if objective is None else Query(objective, OBJECTIVE, dashed=True)
    return range_of(title, description, value, bounds, "95 %", unit, limit=limit, no_value=no_value)


def range_of(
    title: str,
    description: str,
    value: str,
    bounds: Bounds | None,
    called: str,
    unit: str,
    *,
    legend: str | None = None,
    limit: Query | None = None,
    no_value: str,
) -> timeseries.Panel:
    """Return a panel with a value, and a band.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        value: the expression of the line.
        bounds: the ends of the band, if there is one.
        called: what the band is.
        unit: in Grafana's spelling.
        legend: what the line is called; the title by default.
        limit: a line that the value is compared with.
        no_value: what stands there without data.
    """
    name = title if legend is None else legend
    ends = [] if bounds is None else _ends(bounds, called)
    further = [] if limit is None else [limit]
    panel = lines(title, description, [Query(value, name), *ends, *further], unit, no_value=no_value)
    _colour(panel, name, CALM)
    _fill(panel, called, CALM)
    return panel


def two_bands(
    title: str,
    description: str,
    both: tuple[tuple[str, str, Bounds], tuple[str, str, Bounds]],
    unit: str,
    *,
    no_value: str,
) -> timeseries.Panel:
    """Return a panel with two values, each with its 95 % interval as a band.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        both: of each its name, its expression, and the ends of its interval.
        unit: in Grafana's spelling.
        no_value: what stands there without data.
    """
    queries = [query for name, value, bounds in both for query in (Query(value, name), *_ends(bounds, f"{name}:"))]
    panel = lines(title, description, queries, unit, no_value=no_value)
    for (name, _, _), colour in zip(both, (CALM, DOUBTFUL), strict=True):
        _colour(panel, name, colour)
        _fill(panel, f"{name}:", colour)
    return panel


def _ends(bounds: Bounds, called: str) -> list[Query]:
    return [Query(bounds.lower, f"{called} from"), Query(bounds.upper, f"{called} to")]


def _colour(panel: timeseries.Panel, name: str, colour: str) -> None:
    panel.override_by_name(name, [field_property("color", {"mode": "fixed", "fixedColor": colour})])


def _fill(panel: timeseries.Panel, called: str, colour: str) -> None:
    """Draw what lies between the ends of a band."""
    lower, upper = f"{called} from", f"{called} to"
    panel.override_by_name(lower, _edge_of_band(colour))
    fill = {"custom.fillBelowTo": lower, "custom.fillOpacity": 20}
    panel.override_by_name(
        upper, [*_edge_of_band(colour), *(field_property(name, value) for name, value in fill.items())]
    )


def as_line() -> Any:
    """Return how thresholds are drawn that are limits: as dashed lines."""
    return common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)


def _edge_of_band(colour: str) -> list[Any]:
    return [
        field_property("color", {"mode": "fixed", "fixedColor": f"light-{colour}"}),
        field_property("custom.lineWidth", 0),
        field_property("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]
