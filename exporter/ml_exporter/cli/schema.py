"""``ml-exporter schema``."""

import json

import typer

from ml_exporter.config.json_schema import json_schema
from ml_exporter.pipeline import plug_in_kinds


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def schema() -> None:
        """Print the JSON Schema of monitoring.yml, for editors that complete, explain and check while one writes.

        - Put it beside the file: `ml-exporter schema > monitoring.schema.json`

        - Name it in the file's first line: `# yaml-language-server: $schema=monitoring.schema.json`

        `ml-exporter init` does both. It knows the kinds of feed, receiver and collector that are installed. What holds
        between sections (a route names a receiver that exists, windows fit the buckets) only `ml-exporter check` knows.
        """
        typer.echo(json.dumps(json_schema(plug_in_kinds()), indent=2))
