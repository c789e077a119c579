"""``ml-exporter bundle``."""

from pathlib import Path
from typing import Annotated

import typer

from ml_exporter import bundle as bundle_room
from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def bundle(
        file: ConfigurationFile,
        out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
        only: Annotated[
            str, typer.Option(help="Parts to write, with commas between: rules,dashboards,scrape,routes.")
        ] = "",
    ) -> None:
        """Write what Prometheus, Alertmanager and Grafana need for this configuration.

        Makes prometheus/ (scrape configuration, alert rules and their unit tests), alertmanager/ (routes,
        receivers, templates) and grafana/ (provisioning, dashboards). The same configuration always gives the same
        bytes, so the files can be committed and compared. Teams with a stack of their own take parts with --only.
        """
        monitoring = read_configuration(file)
        parts = tuple(part.strip() for part in only.split(",") if part.strip())
        unknown = sorted(set(parts) - set(bundle_room.PARTS))
        if unknown:
            fail(f"--only {','.join(unknown)}: no such part; choose from {','.join(bundle_room.PARTS)}")
        files = [made for made in bundle_room.generate(monitoring, source=file.name) if not parts or made.part in parts]
        bundle_room.write(files, out)
        for made in files:
            typer.echo(str(out / made.path))
