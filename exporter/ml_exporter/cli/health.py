"""``ml-exporter health``."""

import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.config import ConfigurationError
from ml_exporter.server import Unhealthy, probe


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def health(file: ConfigurationFile) -> None:
        """Ask the exporter that runs with this configuration on this machine whether it is healthy.

        Exits with 0 if it is, and with 1 if not: for the health check of a container. It knows from the configuration
        where to ask, and whether over TLS.
        """
        monitoring = read_configuration(file)
        try:
            probe(monitoring.server, file.resolve().parent)
        except (Unhealthy, ConfigurationError) as error:
            fail(str(error))
        typer.echo("healthy")
