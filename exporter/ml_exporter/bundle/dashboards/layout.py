"""Placing panels on the grid of 24 columns, row by row, with ids that never change by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models

COLUMNS = 24


@dataclass(frozen=True)
class Placed:
    """A panel and its width in columns."""

    panel: Any
    width: int


@dataclass(frozen=True)
class Section:
    """A titled row of panels: they flow from left to right and wrap."""

    title: str
    height: int
    panels: Sequence[Placed]


def place(board: dashboard.Dashboard, sections: Sequence[Section]) -> None:
    """Add the sections to a dashboard, from top to bottom."""
    top, number = 0, 1
    for section in sections:
        row = dashboard.Row(section.title).id(number)
        board.with_row(row.grid_pos(dashboard_models.GridPos(h=1, w=COLUMNS, x=0, y=top)))
        top, number, left = top + 1, number + 1, 0
        for placed in section.panels:
            if left + placed.width > COLUMNS:
                top, left = top + section.height, 0
            position = dashboard_models.GridPos(h=section.height, w=placed.width, x=left, y=top)
            board.with_panel(placed.panel.id(number).grid_pos(position))
            left, number = left + placed.width, number + 1
        top += section.height
