"""Panels of single numbers."""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.dashboards.panels.common import FAINT, Query, Words, datasource, mapping, targets, thresholds
from ml_exporter.bundle.dashboards.sdk import common, common_models, dashboard, dashboard_models, stat

_LABEL_SIZE, _WORD_SIZE = 12, 18
_GREY = "#6e7079"


def number(
    title: str,
    description: str,
    query: Query,
    unit: str,
    *,
    decimals: int | None = None,
    no_value: str,
    colours: dashboard.ThresholdsConfig | None = None,
) -> Any:
    """Return a panel with one number.

    Args:
        title: of the panel.
        description: what it says and what to do about it.
        query: gives one value.
        unit: in Grafana's spelling.
        decimals: after the point; as many as are of use by default.
        no_value: what stands there without data.
        colours: by threshold; one calm colour by default.
    """
    panel = _stat(title, description, [query], no_value).unit(unit).thresholds(colours or thresholds((None, FAINT)))
    panel.text_mode(common_models.BigValueTextMode.VALUE).color_mode(common_models.BigValueColorMode.VALUE)
    return panel if decimals is None else panel.decimals(decimals)


def tiles(title: str, description: str, queries: Query | Sequence[Query], words: Words, no_value: str) -> Any:
    """Return a panel with a coloured tile for every series: its name, and the word that stands for its value."""
    asked = [queries] if isinstance(queries, Query) else queries
    panel = _stat(title, description, asked, no_value).unit("none").thresholds(thresholds((None, _GREY)))
    return (
        panel.mappings([mapping(words)])
        .text_mode(common_models.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common_models.BigValueColorMode.BACKGROUND_SOLID)
        .wide_layout(False)
        .text(common.VizTextDisplayOptions().title_size(_LABEL_SIZE).value_size(_WORD_SIZE))
    )


def _stat(title: str, description: str, queries: Sequence[Query], no_value: str) -> stat.Panel:
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(datasource())
        .targets(targets(queries))
        .no_value(no_value)
        .color_scheme(dashboard.FieldColor().mode(dashboard_models.FieldColorModeId.THRESHOLDS))
        .graph_mode(common_models.BigValueGraphMode.NONE)
    )
