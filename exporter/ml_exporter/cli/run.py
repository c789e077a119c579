"""``ml-exporter run``."""

from typing import Annotated, Literal

import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.logs import set_up_logs
from ml_exporter.config import ConfigurationError
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import UnusableReference
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

        It keeps everything that must survive it in the folder `store.path`, and goes on from there after a restart,
        however it ended. What it cannot use it counts, and tells in the log, on standard error.

        - SIGTERM or Ctrl-C end it after the batch at hand, with exit code 0.
        - It ends with exit code 1, and says why, where it cannot begin: a port in use, a store that another exporter
        owns, that a newer version has written, or that is damaged.

        `ml-exporter run monitoring.yml --log-format json` suits collectors of logs.
        """
        monitoring = read_configuration(file)
        set_up_logs(log_format, log_level)
        folder = file.resolve().parent
        try:
            run_daemon(monitoring, folder)
        except (AddressError, ConfigurationError, StoreError, ChangedMeaning, UnusableReference) as error:
            fail(str(error))
        except DamagedState as error:
            fail(
                f"{folder / monitoring.store.path}: {error}; restore the store from a backup, or move it away and start"
                " anew: feeds that can be read again are read from the beginning"
            )
