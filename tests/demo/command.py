"""What the command line says of the demo."""

from typing import Any

import typer

from ml_exporter.cli import build


def demo_command() -> Any:
    """Return the command ``ml-exporter demo``."""
    application: Any = typer.main.get_command(build())
    return application.commands["demo"]


def defaults() -> dict[str, Any]:
    """Return the default of each option."""
    return {option.name: option.default for option in demo_command().params}
