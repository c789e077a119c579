"""The application that the commands are added to, and what they share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

import ml_exporter
from ml_exporter.cli.this_machine import instead_of_the_file
from ml_exporter.config import ConfigurationError, Monitoring
from ml_exporter.pipeline import load_configuration

_HELP = """
Is a machine-learning model in production still right?

ml-exporter joins what models predicted with what turned out to be true, minutes to weeks later, and tells Prometheus
how good they are. All of it is described in one file, `monitoring.yml`: `ml-exporter init` writes one to start with,
examples/ has some to copy.

1. `ml-exporter check monitoring.yml` says what is wrong with the file, and how many time series it will make.

2. `ml-exporter run monitoring.yml` is the exporter: metrics are on http://localhost:9877/metrics.

3. `ml-exporter bundle monitoring.yml` writes the rules, routes and dashboards that fit, for Prometheus, Alertmanager
and Grafana.

`ml-exporter demo` shows all of it at work. Each command has a `--help` of its own, and
`ml-exporter --install-completion` teaches your shell to complete them.
"""

ConfigurationFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The configuration, usually monitoring.yml (see examples/).")
]


def make_application() -> typer.Typer:
    """Return the application without commands."""
    application = typer.Typer(
        name="ml-exporter",
        help=_HELP,
        rich_markup_mode="markdown",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )

    @application.callback(invoke_without_command=True)
    def options(
        version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    ) -> None:
        if version:
            typer.echo(f"ml-exporter {ml_exporter.__version__}")
            raise typer.Exit

    return application


def read_configuration(
    file: Path, called: str = "", instead: Mapping[tuple[str, str], Any] | None = None
) -> Monitoring:
    """Load a configuration, or print everything that is wrong with it and exit with 1.

    Args:
        file: monitoring.yml.
        called: what to say instead of its path.
        instead: section and key to a value that takes the place of the file's; by default what the environment says.
    """
    try:
        return load_configuration(file, instead_of_the_file() if instead is None else instead)
    except ConfigurationError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        count = len(error.problems)
        console.print(f"{called or file}: {count} problem{'s' if count > 1 else ''}", style="bold red", markup=False)
        for problem in error.problems:
            console.print(f"  {problem}", markup=False)
        raise typer.Exit(1) from None


def fail(message: str) -> NoReturn:
    """Print what went wrong and exit with 1."""
    typer.echo(f"ml-exporter: {message}", err=True)
    raise typer.Exit(1)
