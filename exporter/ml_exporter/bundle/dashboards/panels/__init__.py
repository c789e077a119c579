"""Panels as this product draws them: few colours, a unit, a description and a word where there is no data."""

from ml_exporter.bundle.dashboards.panels.common import BAD, CALM, DOUBTFUL, FAINT, GOOD, NO_OUTCOMES, Query, datasource
from ml_exporter.bundle.dashboards.panels.lines import Bounds, band, lines
from ml_exporter.bundle.dashboards.panels.numbers import number, tiles
from ml_exporter.bundle.dashboards.panels.tables import Column, listing, matrix, rows
from ml_exporter.bundle.dashboards.panels.timelines import timeline

__all__ = [
    "BAD",
    "CALM",
    "DOUBTFUL",
    "FAINT",
    "GOOD",
    "NO_OUTCOMES",
    "Bounds",
    "Column",
    "Query",
    "band",
    "datasource",
    "lines",
    "listing",
    "matrix",
    "number",
    "rows",
    "tiles",
    "timeline",
]
