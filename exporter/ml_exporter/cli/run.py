"""``ml-exporter run``."""

from typing import Annotated, Literal

import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.logs import set_up_logs
from ml_exporter.config import ConfigurationError
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import run as run_daemon
from ml_exporter.server import AddressError
from ml_exporter.tallies import ChangedMeaning, DamagedState


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def run(
        file: ConfigurationFile,
        log_format: Annotated[
            Literal["logfmt", "json"], typer.Option(help="How a line of the log is written.")
        ] = "logfmt",
        log_level: Annotated[
            Literal["debug", "info", "warning", "error"],
            typer.Option(help="What is worth a line of the log."),
        ] = "info",
    ) -> None:
        """Run the exporter: read the feeds, join, and serve /metrics.

        It keeps everything that must survive it in store.path, and goes on from there after a restart, however it
        ended. SIGTERM or Ctrl-C stops it after the batch at hand.
        """
        monitoring = read_configuration(file)
        set_up_logs(log_format, log_level)
        try:
            run_daemon(monitoring, file.resolve().parent)
        except (AddressError, ConfigurationError, StoreError, DamagedState, ChangedMeaning) as error:
            fail(str(error))
