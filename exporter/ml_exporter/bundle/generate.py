"""All of the bundle."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from ml_exporter.bundle.dashboards import dashboard_files
from ml_exporter.bundle.generated import GeneratedFile, Part
from ml_exporter.bundle.recordings import recording_files
from ml_exporter.bundle.routes import route_files
from ml_exporter.bundle.rules import rule_files
from ml_exporter.bundle.scrape import scrape_file
from ml_exporter.config import Monitoring

PARTS: tuple[str, ...] = get_args(Part)
"""The parts of the bundle, for teams that take some of them into a stack of their own."""


def generate(monitoring: Monitoring, source: str = "monitoring.yml") -> tuple[GeneratedFile, ...]:
    """Make every file of the bundle. The same configuration gives the same bytes.

    Args:
        monitoring: the configuration.
        source: the name of its file, for the comment in front.
    """
    return (
        scrape_file(monitoring, source),
        *recording_files(monitoring, source),
        *rule_files(monitoring, source),
        *route_files(monitoring, source),
        *dashboard_files(monitoring, source),
    )


def write(files: Iterable[GeneratedFile], out: Path) -> None:
    """Write files below a folder."""
    for made in files:
        path = out / made.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made.text, encoding="utf-8")
