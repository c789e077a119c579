"""``ml-exporter run``."""

from functools import partial
from typing import Annotated, Literal

import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.logs import set_up_logs
from ml_exporter.cli.this_machine import (
    LISTEN,
    LOG_FORMAT,
    LOG_LEVEL,
    STORE_PATH,
    WEB_CONFIG_FILE,
    instead_of_the_file,
)
from ml_exporter.config import ConfigurationError
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import UnusableReference, load_configuration
from ml_exporter.pipeline import run as run_daemon
from ml_exporter.server import AddressError
from ml_exporter.tallies import ChangedMeaning, DamagedState


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def run(
        file: ConfigurationFile,
        listen: Annotated[
            list[str] | None,
            typer.Option(help=f"An address to listen on instead of `server.listen`; several are allowed. [{LISTEN}]"),
        ] = None,
        store_path: Annotated[
            str | None, typer.Option(help=f"The folder of the store instead of `store.path`. [{STORE_PATH}]")
        ] = None,
        web_config_file: Annotated[
            str | None,
            typer.Option(help=f"TLS and passwords, instead of `server.web_config_file`. [{WEB_CONFIG_FILE}]"),
        ] = None,
        log_format: Annotated[
            Literal["logfmt", "json"],
            typer.Option(envvar=LOG_FORMAT, show_envvar=False, help=f"How the log is written. [{LOG_FORMAT}]"),
        ] = "logfmt",
        log_level: Annotated[
            Literal["debug", "info", "warning", "error"],
            typer.Option(envvar=LOG_LEVEL, show_envvar=False, help=f"What is worth a line of the log. [{LOG_LEVEL}]"),
        ] = "info",
    ) -> None:
        """Run the exporter: read the feeds, join, and serve /metrics.

        It keeps everything that must survive it in the folder `store.path`, and goes on from there after a restart,
        however it ended. What it cannot use it counts, and tells in the log, on standard error.

        - SIGHUP: it reads the configuration again and goes on with it; where the file is bad, it says so and goes on as
        before.

        - SIGTERM or Ctrl-C end it after the batch at hand, with exit code 0.

        - It ends with exit code 1, and says why, where it cannot begin: a port in use, a store that another exporter
        owns, that a newer version has written, or that is damaged.

        The variables of the environment in brackets do what the options do; other commands heed those of the store and
        the server too. `ml-exporter run monitoring.yml --log-format json` suits collectors of logs.
        """
        instead = instead_of_the_file(listen or (), store_path, web_config_file)
        monitoring = read_configuration(file, instead=instead)
        set_up_logs(log_format, log_level)
        folder = file.resolve().parent
        try:
            run_daemon(monitoring, folder, partial(load_configuration, file, instead))
        except (AddressError, ConfigurationError, StoreError, ChangedMeaning, UnusableReference) as error:
            fail(str(error))
        except DamagedState as error:
            fail(
                f"{folder / monitoring.store.path}: {error}; restore the store from a backup, or move it away and start"
                " anew: feeds that can be read again are read from the beginning"
            )
