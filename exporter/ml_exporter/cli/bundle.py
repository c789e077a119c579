"""``ml-exporter bundle``."""

from pathlib import Path
from typing import Annotated

import typer

from ml_exporter import bundle as bundle_room
from ml_exporter.bundle import PARTS
from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def bundle(
        file: ConfigurationFile,
        out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
        only: Annotated[str, typer.Option(help=f"Parts to write, with commas between: {','.join(PARTS)}.")] = "",
    ) -> None:
        """Write what Prometheus, Alertmanager and Grafana need for this configuration.

        Makes prometheus/ (scrape configuration, rules and their unit tests), alertmanager/ (routes, receivers,
        templates) and grafana/ (provisioning, dashboards), and prints what it has written. The same configuration
        always gives the same bytes, so the files can be committed and compared.

        Teams with a stack of their own take parts of it: `ml-exporter bundle monitoring.yml --only rules,dashboards`.
        """
        monitoring = read_configuration(file)
        parts = _parts(only)
        files = [made for made in bundle_room.generate(monitoring, source=file.name) if made.part in parts]
        try:
            bundle_room.write(files, out)
        except OSError as error:
            fail(f"{error.filename} cannot be written ({error.strerror}); make it writable, or choose another --out")
        for made in files:
            typer.echo(str(out / made.path))


def _parts(only: str) -> tuple[str, ...]:
    """Return the parts that are asked for: all of them where none is named."""
    parts = tuple(part.strip() for part in only.split(",") if part.strip()) or PARTS
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        fail(f"--only {','.join(unknown)}: no such part; choose from {','.join(PARTS)}")
    return parts
