"""Placing panels on the grid of 24 columns, row by row, with ids that never change by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.sdk import dashboard, dashboard_models

COLUMNS = 24


@dataclass(frozen=True)
class Strip:
    """Panels of one height: they flow from left to right and wrap."""

    height: int
    panels: Sequence[tuple[Any, int]]
    """Each with its width in columns."""


@dataclass(frozen=True)
class Section:
    """Strips below a title."""

    title: str
    strips: Sequence[Strip]


def place(board: dashboard.Dashboard, sections: Sequence[Section]) -> None:
    """Add the sections to a dashboard, from top to bottom."""
    top, number = 0, 1
    for section in sections:
        row = dashboard.Row(section.title).id(number)
        board.with_row(row.grid_pos(dashboard_models.GridPos(h=1, w=COLUMNS, x=0, y=top)))
        top, number = top + 1, number + 1
        for strip in section.strips:
            left = 0
            for panel, width in strip.panels:
                if left + width > COLUMNS:
                    top, left = top + strip.height, 0
                position = dashboard_models.GridPos(h=strip.height, w=width, x=left, y=top)
                board.with_panel(panel.id(number).grid_pos(position))
                left, number = left + width, number + 1
            top += strip.height
