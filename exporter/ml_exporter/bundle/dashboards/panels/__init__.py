"""Panels as this product draws them: few colours, a unit, a description and a word where there is no data."""

from ml_exporter.bundle.dashboards.panels.common import BAD, CALM, DOUBTFUL, FAINT, GOOD, NO_OUTCOMES, Query, datasource
from ml_exporter.bundle.dashboards.panels.curves import Line, curve
from ml_exporter.bundle.dashboards.panels.heat import heat
from ml_exporter.bundle.dashboards.panels.lines import Bounds, as_line, band, lines, range_of, two_bands
from ml_exporter.bundle.dashboards.panels.links import down
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
    "Line",
    "Query",
    "as_line",
    "band",
    "curve",
    "datasource",
    "down",
    "heat",
    "lines",
    "listing",
    "matrix",
    "number",
    "range_of",
    "rows",
    "tiles",
    "timeline",
    "two_bands",
]
