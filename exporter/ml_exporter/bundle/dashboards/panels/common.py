"""What all panels have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.sdk import (
    common_models,
    dashboard,
    dashboard_models,
    prometheus,
    prometheus_models,
)

GOOD, BAD, DOUBTFUL, CALM, FAINT = "green", "red", "orange", "blue", "text"
NO_OUTCOMES = "No outcomes in this window: no labels have arrived"

Words = Mapping[int | str, tuple[str, str | None]]
"""Value to the word that stands for it, and the word's colour, if it has one."""


@dataclass(frozen=True)
class Query:
    """One query of a panel."""

    expression: str
    legend: str = "__auto"
    instant: bool = False
    """Whether only the value at the end of the time range is wanted."""

    dashed: bool = False
    """Whether its line is a limit that others are compared with."""


def targets(queries: Sequence[Query], *, as_table: bool = False) -> list[Any]:
    """Return queries with the references A, B, C, ...; a series each, or a row of one table each."""
    return [_target(query, reference(index), as_table) for index, query in enumerate(queries)]


def reference(index: int) -> str:
    """Return the reference of a panel's query, counted from 0."""
    return chr(ord("A") + index)


def _target(query: Query, reference: str, as_table: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(reference).expr(query.expression).legend_format(query.legend)
    target = target.instant() if query.instant else target.range()
    return target.format(prometheus_models.PromQueryFormat.TABLE) if as_table else target


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


def mapping(words: Words) -> Any:
    """Return words and colours for values."""
    results = {
        str(value): dashboard_models.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(words.items())
    }
    return dashboard_models.ValueMap(options=results)


def field_property(name: str, value: Any) -> Any:
    """Return a property for an override of one field."""
    return dashboard_models.DynamicConfigValue(id_val=name, value=value)
