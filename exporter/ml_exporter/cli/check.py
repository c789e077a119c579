"""``ml-exporter check``."""

import typer
from rich.console import Console
from rich.table import Table

from ml_exporter.cli.application import ConfigurationFile, read_configuration
from ml_exporter.config import Monitoring
from ml_exporter.tallies import budget, worst_case


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def check(file: ConfigurationFile) -> None:
        """Validate a configuration and count the time series it will make.

        Prints every error at once, each with its line, its path, the value and the remedy; exits with 1 if there
        is any. Reads nothing but the file: it can run anywhere, in CI too.
        """
        monitoring = read_configuration(file)
        console = Console()
        console.print(f"[bold green]{file} is valid.[/]")
        console.print(_series_table(monitoring))
        console.print("A slice costs what its column says; values and versions beyond the limit share __other__.")


def _series_table(monitoring: Monitoring) -> Table:
    table = Table("Model", title="Time series", title_justify="left")
    for heading in ("A version", "A slice", "At most, one version", "Limit (max_timeseries)"):
        table.add_column(heading, justify="right")
    for model in monitoring.models:
        counted, most = budget(model, monitoring), worst_case(model, monitoring)
        beyond = "[yellow]" if most > counted.limit else ""
        table.add_row(model.name, str(counted.version), str(counted.slice), f"{beyond}{most}", str(counted.limit))
    return table
