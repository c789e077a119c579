"""Panels of one number over another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.panels.common import (
    CALM,
    Query,
    datasource,
    field_property,
    reference,
    targets,
    thresholds,
)
from ml_exporter.bundle.dashboards.sdk import (
    common,
    common_models,
    dashboard,
    dashboard_models,
    xychart,
    xychart_models,
)


@dataclass(frozen=True)
class Line:
    """One axis' values, or a line's: a value for each point."""

    name: str
    expression: str
    dashed: bool = False


def curve(
    title: str,
    description: str,
    point: str,
    across: Line | None,
    up: Sequence[Line],
    *,
    unit: str = "percentunit",
    no_value: str,
) -> Any:
    """Return curves over a ratio.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        point: the label that tells the points of a curve apart: they are joined in its order, which is that of numbers.
        across: what stands on the axis to the right; None: the label itself.
        up: the curves.
        unit: of the curves, in Grafana's spelling.
        no_value: what stands there without data.
    """
    asked = [*([] if across is None else [across]), *up]
    queries = [Query(line.expression, instant=True) for line in asked]
    panel = (
        xychart.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets(queries, as_table=True))
        .unit(unit)
        .min(0)
        .no_value(no_value)
        .thresholds(thresholds((None, CALM)))
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.PALETTE_CLASSIC))
        .mapping(xychart_models.SeriesMapping.AUTO)
        .show(xychart_models.XYShowMode.POINTS_AND_LINES)
        .point_size(xychart.XychartFieldConfigPointSize().fixed(5))
        .line_width(2)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.SINGLE))
    )
    fields = {f"Value #{reference(index)}": line.name for index, line in enumerate(asked)}
    if across is None:
        fields = {point: point.capitalize(), **fields}
    for name, options in _steps(point, fields):
        panel.with_transformation(dashboard_models.DataTransformerConfig(id_val=name, options=options))
    right = point.capitalize() if across is None else across.name
    panel.override_by_name(
        right,
        [field_property("unit", "percentunit"), field_property("max", 1), field_property("custom.axisLabel", right)],
    )
    for line in up:
        if line.dashed:
            panel.override_by_name(line.name, _dashed())
    return panel.max(1) if unit == "percentunit" else panel


def _steps(point: str, fields: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return transformations: a row a point, in the order of numbers; the first field is the axis to the right."""
    organized = {
        "indexByName": {field: index for index, field in enumerate(fields)},
        "renameByName": fields,
        "includeByName": dict.fromkeys(fields, True),
    }
    return [
        ("joinByField", {"byField": point, "mode": "outer"}),
        ("convertFieldType", {"conversions": [{"targetField": point, "destinationType": "number"}], "fields": {}}),
        ("sortBy", {"fields": {}, "sort": [{"field": point}]}),
        ("organize", organized),
    ]


def _dashed() -> list[Any]:
    return [
        field_property("color", {"mode": "fixed", "fixedColor": "text"}),
        field_property("custom.show", "lines"),
        field_property("custom.lineWidth", 1),
        field_property("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
    ]
