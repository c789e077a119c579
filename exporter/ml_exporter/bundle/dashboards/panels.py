"""Panels as this product draws them: few colours, a unit, a description and a word where there is no data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.sdk import (
    common,
    common_models,
    dashboard,
    dashboard_models,
    prometheus,
    prometheus_models,
    stat,
    table,
    timeseries,
)

GOOD, BAD, CALM, FAINT = "green", "red", "blue", "text"
_NARROWEST_COLUMN = 50
NO_OUTCOMES = "No outcomes in this window: labels have not arrived yet"


@dataclass(frozen=True)
class Query:
    """One query of a panel."""

    expression: str
    legend: str = "__auto"
    instant: bool = False


def _target(query: Query, reference: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(reference).expr(query.expression).legend_format(query.legend)
    if query.instant:
        return target.instant().format(prometheus_models.PromQueryFormat.TABLE)
    return target.range()


def targets(queries: Sequence[Query]) -> list[Any]:
    """Return queries with the references A, B, C, ..."""
    return [_target(query, chr(ord("A") + index)) for index, query in enumerate(queries)]


def datasource() -> Any:
    """Return the reference to the data source that the variable names."""
    return common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")


def thresholds(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Return colours from values on: (None, colour) first, then (value, colour)."""
    return (
        dashboard.ThresholdsConfig()
        .mode(dashboard_models.ThresholdsMode.ABSOLUTE)
        .steps([dashboard_models.Threshold(value=value, color=colour) for value, colour in steps])
    )


def _property(name: str, value: Any) -> Any:
    return dashboard_models.DynamicConfigValue(id_val=name, value=value)


def number(
    title: str,
    description: str,
    query: Query,
    unit: str,
    *,
    decimals: int = 2,
    no_value: str = "No data yet",
    colours: dashboard.ThresholdsConfig | None = None,
    words: Mapping[str, tuple[str, str]] | None = None,
) -> Any:
    """Return a panel with one number.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        query: gives one value.
        unit: in Grafana's spelling.
        decimals: after the point.
        no_value: what stands there without data.
        colours: by threshold; one calm colour by default.
        words: value to word and colour, instead of the number.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets([query]))
        .unit(unit)
        .decimals(decimals)
        .no_value(no_value)
        .thresholds(colours or thresholds((None, FAINT)))
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.THRESHOLDS))
        .color_mode(common_models.BigValueColorMode.VALUE)
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .text_mode(common_models.BigValueTextMode.VALUE)
    )
    if words:
        panel.mappings(
            [
                dashboard_models.ValueMap(
                    options={
                        value: dashboard_models.ValueMappingResult(text=text, color=colour)
                        for value, (text, colour) in words.items()
                    }
                )
            ]
        )
    return panel


def lines(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    *,
    no_value: str = "No data in this time range",
    from_zero: bool = False,
) -> timeseries.Panel:
    """Return a panel with lines over time."""
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
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.PALETTE_CLASSIC))
    )
    return panel.min(0) if from_zero else panel


def band(
    title: str, description: str, value: str, lower: str, upper: str, objective: str | None, unit: str
) -> timeseries.Panel:
    """Return a panel with a value, its 95 % interval as a band, and the objective as a dashed line."""
    queries = [Query(value, title), Query(lower, "95 % from"), Query(upper, "95 % to")]
    if objective is not None:
        queries.append(Query(objective, "Objective"))
    panel = lines(title, description, queries, unit, no_value=NO_OUTCOMES)
    panel.override_by_name(title, [_property("color", {"mode": "fixed", "fixedColor": CALM})])
    panel.override_by_name("95 % from", _edge_of_band())
    panel.override_by_name(
        "95 % to",
        [*_edge_of_band(), _property("custom.fillBelowTo", "95 % from"), _property("custom.fillOpacity", 20)],
    )
    panel.override_by_name(
        "Objective",
        [
            _property("color", {"mode": "fixed", "fixedColor": BAD}),
            _property("custom.lineWidth", 1),
            _property("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        ],
    )
    return panel


def _edge_of_band() -> list[Any]:
    return [
        _property("color", {"mode": "fixed", "fixedColor": "light-blue"}),
        _property("custom.lineWidth", 0),
        _property("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]


def rows(
    title: str,
    description: str,
    queries: Sequence[Query],
    unit: str,
    *,
    join_by: str | None,
    rename: Mapping[str, str],
    order: Sequence[str],
    sort_by: str | None = None,
    decimals: int = 4,
    no_value: str = NO_OUTCOMES,
) -> Any:
    """Return a table of instant queries.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        queries: each gives a column of values, and its labels.
        unit: of the values.
        join_by: the label that makes a row; None: one query only.
        rename: field to heading; fields that are not named here are hidden.
        order: fields from left to right.
        sort_by: the heading to sort by, rising.
        decimals: after the point.
        no_value: what stands in an empty cell.
    """
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets(queries))
        .unit(unit)
        .decimals(decimals)
        .min_width(_NARROWEST_COLUMN)
        .no_value(no_value)
        .thresholds(thresholds((None, FAINT)))
    )
    if join_by is not None:
        joined = {"byField": join_by, "mode": "outer"}
        panel.with_transformation(dashboard_models.DataTransformerConfig(id_val="joinByField", options=joined))
    organized = {
        "indexByName": {name: index for index, name in enumerate(order)},
        "renameByName": dict(rename),
        "includeByName": dict.fromkeys(order, True),
    }
    panel.with_transformation(dashboard_models.DataTransformerConfig(id_val="organize", options=organized))
    if sort_by is not None:
        panel.sort_by([common.TableSortByFieldState().display_name(sort_by).desc(False)])
    return panel


def unit_of_column(panel: Any, heading: str, unit: str, decimals: int = 0) -> Any:
    """Give one column of a table a unit of its own."""
    return panel.override_by_name(heading, [_property("unit", unit), _property("decimals", decimals)])


def width_of_column(panel: Any, heading: str, pixels: int) -> Any:
    """Give one column of a table a width of its own."""
    return panel.override_by_name(heading, [_property("custom.width", pixels)])


def matrix(title: str, description: str, query: Query, row: str, column: str, unit: str) -> Any:
    """Return a table with one label down and another one across."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets([query]))
        .unit(unit)
        .decimals(0)
        .min_width(_NARROWEST_COLUMN)
        .no_value(NO_OUTCOMES)
        .thresholds(thresholds((None, FAINT)))
        .with_transformation(
            dashboard_models.DataTransformerConfig(
                id_val="groupingToMatrix",
                options={"rowField": row, "columnField": column, "valueField": "Value"},
            )
        )
    )
