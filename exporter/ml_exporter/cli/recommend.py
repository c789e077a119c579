"""``ml-exporter recommend``."""

from typing import Annotated

import typer

from ml_exporter.config import recommend as recommended
from ml_exporter.config.strategy_choice import Criticality, Resources, Scale


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def recommend(
        deployment_scale: Annotated[
            Scale, typer.Option(help="How far it reaches: one model of one team, several models, or many.")
        ],
        criticality: Annotated[
            Criticality,
            typer.Option(help="What a wrong answer costs: little, money or trust, or more than can be made good."),
        ],
        resources: Annotated[
            Resources, typer.Option(help="The people and the storage that monitoring may take.")
        ] = "medium",
    ) -> None:
        """Recommend how much to watch, a strategy out of basic, standard and advanced, and say why.

        - basic: does the model answer, and in time? Latency, failed requests, volume.

        - standard: is it right, too? Objectives on its quality, and whether it has degraded.

        - advanced: will it be? Drift, the quality of its data, forecasts, unusual behaviour.

        The first line is the strategy, those below the reasons, the last one what to write into monitoring.yml
        (docs/strategies.md has what it decides):

        - One model, and little happens if it is wrong:
        `ml-exporter recommend --deployment-scale small --criticality low`

        - Many models, and nobody to look after them:
        `ml-exporter recommend --deployment-scale large --criticality medium --resources low`
        """
        choice = recommended(deployment_scale, criticality, resources)
        typer.echo(choice.level)
        for reason in choice.reasons:
            typer.echo(f"- {reason}")
        typer.echo(f"In monitoring.yml: strategy: {choice.level}")
