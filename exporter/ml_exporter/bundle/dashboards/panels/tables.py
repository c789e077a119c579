"""Tables of instant queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.panels.common import (
    FAINT,
    NO_OUTCOMES,
    Query,
    Words,
    datasource,
    field_property,
    mapping,
    reference,
    targets,
    thresholds,
)
from ml_exporter.bundle.dashboards.sdk import common, dashboard_models, table

_NARROWEST_COLUMN = 50


@dataclass(frozen=True)
class Column:
    """A column of a table, and how it is drawn. It shows the values of an expression, or a label."""

    heading: str
    expression: str | None = None
    label: str | None = None
    unit: str | None = None
    decimals: int | None = None
    width: int | None = None
    """In pixels; what is left is shared by the columns without one."""

    words: Words | None = None
    """Words and colours that stand for values."""

    links: Sequence[Mapping[str, str]] = ()
    """Where its cells lead, as ``down`` makes them."""


def rows(
    title: str,
    description: str,
    columns: Sequence[Column],
    *,
    unit: str,
    decimals: int,
    sort_by: str,
    descending: bool = False,
    keys: int = 1,
    no_value: str,
) -> Any:
    """Return a table of several expressions. A row is what has the same values of the first columns: they are labels.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        columns: from left to right.
        unit: of the values, unless their column says otherwise.
        decimals: after the point, likewise.
        sort_by: the heading to sort by.
        descending: whether the largest value comes first.
        keys: how many labels tell the rows apart; expressions have these labels and no others.
        no_value: what stands there without data, and in an empty cell.
    """
    asked = [column for column in columns if column.expression is not None]
    panel = _table(title, description, [Query(column.expression or "", instant=True) for column in asked], no_value)
    panel.unit(unit).decimals(decimals)
    panel.sort_by([common.TableSortByFieldState().display_name(sort_by).desc(descending)])
    if keys == 1:
        _transform(panel, "joinByField", {"byField": columns[0].label, "mode": "outer"})
    else:
        _transform(panel, "merge", {})
    fields = {column.heading: f"Value #{reference(index)}" for index, column in enumerate(asked)}
    return _arranged(panel, {fields.get(column.heading, column.label or ""): column for column in columns})


def listing(title: str, description: str, expression: str, columns: Sequence[Column], *, no_value: str) -> Any:
    """Return a table that shows labels of what an expression finds. Arguments as for ``rows``."""
    panel = _table(title, description, [Query(expression, instant=True)], no_value).unit("none")
    panel.sort_by([common.TableSortByFieldState().display_name(columns[0].heading).desc(False)])
    return _arranged(panel, {column.label or "": column for column in columns})


def _arranged(panel: table.Panel, columns: Mapping[str, Column]) -> table.Panel:
    """Show fields as columns, in their order and under their headings; hide all others."""
    organized = {
        "indexByName": {field: index for index, field in enumerate(columns)},
        "renameByName": {field: column.heading for field, column in columns.items()},
        "includeByName": dict.fromkeys(columns, True),
    }
    _transform(panel, "organize", organized)
    for column in columns.values():
        if properties := _properties(column):
            panel.override_by_name(column.heading, properties)
    return panel


def _properties(column: Column) -> list[Any]:
    unit = column.unit if column.label is None else "string"  # a class that is called 1 is no number
    chosen = {"unit": unit, "decimals": column.decimals, "custom.width": column.width}
    properties = [field_property(name, value) for name, value in chosen.items() if value is not None]
    if column.links:
        properties.append(field_property("links", list(column.links)))
    if column.words is not None:
        properties += [
            field_property("mappings", [mapping(column.words)]),
            field_property("custom.cellOptions", {"type": "color-text"}),
        ]
    return properties


def matrix(title: str, description: str, query: Query, row: str, column: str, unit: str) -> Any:
    """Return a table with one label down and another one across."""
    panel = _table(title, description, [query], NO_OUTCOMES).unit(unit).decimals(0)
    _transform(panel, "groupingToMatrix", {"rowField": row, "columnField": column, "valueField": "Value"})
    _transform(panel, "organize", {"renameByName": {f"{row}\\{column}": " "}})
    return panel


def _transform(panel: table.Panel, name: str, options: dict[str, Any]) -> None:
    panel.with_transformation(dashboard_models.DataTransformerConfig(id_val=name, options=options))


def _table(title: str, description: str, queries: Sequence[Query], no_value: str) -> table.Panel:
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets(queries, as_table=True))
        .min_width(_NARROWEST_COLUMN)
        .no_value(no_value)
        .thresholds(thresholds((None, FAINT)))
    )
