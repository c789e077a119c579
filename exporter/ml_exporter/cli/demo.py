"""``ml-exporter demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ml_exporter.demo import DemoSettings, run_demo


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def demo(
        factor: Annotated[
            float,
            typer.Option(
                min=1000, max=50_000, help="How many times faster than life; 4320 makes a day pass in 20 seconds."
            ),
        ] = 4320.0,
        corrupt_after: Annotated[
            float, typer.Option(min=20, help="Seconds of replay until one input of the model breaks.")
        ] = 45.0,
        once: Annotated[
            bool,
            typer.Option("--once", help="End with 0 when all has been shown, with 1 where something is missing."),
        ] = False,
        deadline: Annotated[float, typer.Option(min=1, help="With --once: seconds until it has failed.")] = 300.0,
        folder: Annotated[Path, typer.Option(help="Working folder: configuration, feeds, data, logs.")] = Path(
            "demo-data"
        ),
    ) -> None:
        """Show all of it at work: a real model, real delayed labels, an alert that reaches Slack.

        Trains a scikit-learn model on the flights of New York, replays later months faster than life, and runs the
        exporter, Prometheus and Alertmanager as local processes. Then one input of the model breaks; quality falls,
        an alert fires, and the message arrives at a stand-in for Slack. It takes about two minutes.

        Needs the extra `demo` and prometheus and alertmanager on PATH (`make demo` brings both).
        Ctrl-C stops everything.
        """
        raise typer.Exit(run_demo(DemoSettings(folder, factor, corrupt_after, once, deadline), Console()))
