"""What a dashboard is: for whom, which question, and the sections that answer it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.bundle.dashboards.layout import Section
from ml_exporter.config import Monitoring


def _always(_monitoring: Monitoring) -> bool:
    return True


@dataclass(frozen=True)
class DashboardKind:
    """One dashboard."""

    name: str
    """Name of its file."""

    place: int
    """Where it stands among the dashboards, from the overview down."""

    title: str
    audience: str
    """For whom it is."""

    question: str
    """The question that it answers, with its question mark."""

    variables: Callable[[Monitoring], Sequence[Any]]
    """What can be chosen on it, from left to right."""

    sections: Callable[[Monitoring], Sequence[Section]]
    """What it shows, from top to bottom."""

    fits: Callable[[Monitoring], bool] = _always
    """Whether the configuration has anything that it could show."""

    condition: str = ""
    """When it fits, for the documentation; empty: always."""

    span: str = "6h"
    """The time that it shows first, up to now."""

    @property
    def uid(self) -> str:
        """Its address in Grafana, which never changes."""
        return f"ml-{self.name}"
