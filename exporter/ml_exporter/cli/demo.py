"""``ml-exporter demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ml_exporter.cli.application import fail


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def demo(
        factor: Annotated[
            float, typer.Option(help="How many times faster than life; 4320 makes a day pass in 20 seconds.")
        ] = 4320.0,
        corrupt_after: Annotated[
            float, typer.Option(help="Seconds of replay until one input of the model breaks.")
        ] = 60.0,
        once: Annotated[
            bool,
            typer.Option("--once", help="End with 0 when all has been shown, with 1 where something is missing."),
        ] = False,
        deadline: Annotated[float, typer.Option(help="With --once: seconds until it has failed.")] = 300.0,
        folder: Annotated[Path, typer.Option(help="Working folder: configuration, feeds, data, logs.")] = Path(
            "demo-data"
        ),
    ) -> None:
        """Show all of it at work: a real model, real delayed labels, an alert that reaches Slack.

        Trains a scikit-learn model on the flights of New York, replays later months faster than life, and runs the
        exporter, Prometheus and Alertmanager as local processes. Half-way one input of the model breaks; quality
        falls, an alert fires, and the message arrives at a stand-in for Slack. Needs the extra [bold]demo[/] and
        prometheus and alertmanager on PATH ([bold]make demo[/] brings both). Ctrl-C stops everything.
        """
        try:
            from ml_exporter.demo import DemoSettings, run_demo  # noqa: PLC0415 - its libraries are an extra
        except ModuleNotFoundError as error:
            fail(f"{error.name} is not installed; pip install 'ml-exporter[demo]'")
        settings = DemoSettings(folder, factor, corrupt_after, once, deadline)
        raise typer.Exit(run_demo(settings, Console()))
