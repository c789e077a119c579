"""``ml-exporter check``."""

from collections.abc import Iterator
from ipaddress import ip_address

import typer
from rich.console import Console
from rich.table import Table

from ml_exporter.cli.application import ConfigurationFile, read_configuration
from ml_exporter.cli.outside import as_it_is
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.config.shown import printable
from ml_exporter.feeds.receiving import ReceivingSettings
from ml_exporter.tallies import budget, worst_case


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def check(file: ConfigurationFile) -> None:
        """Validate a configuration and count the time series it will make.

        Prints every error at once, each with its line, its path, the value and the remedy; exits with 1 if there is
        any. What is allowed but seldom meant is a warning: it changes no exit code.

        It reads nothing but the file, so it can run anywhere, in CI too: `ml-exporter check monitoring.yml`.
        """
        monitoring = read_configuration(file)
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{file} is valid.", style="bold green", markup=False)
        _show_series(console, monitoring)
        for warning in _warnings(monitoring):
            console.print(f"Warning: {printable(warning)}", style="yellow", markup=False)


def _show_series(console: Console, monitoring: Monitoring) -> None:
    table = Table(title="Time series", title_justify="left")
    table.add_column("Model", overflow="fold")
    for heading in ("A version", "A slice", "At most, one version", "Limit (max_timeseries)"):
        table.add_column(heading, justify="right")
    for model in monitoring.models:
        counted, most = budget(model, monitoring), worst_case(model, monitoring)
        table.add_row(
            as_it_is(model.name), *(f"{number:,}" for number in (counted.version, counted.slice, most, counted.limit))
        )
    console.print(table, soft_wrap=False)
    console.print("A slice costs what its column says; values and versions beyond the limit share __other__.")


def _warnings(monitoring: Monitoring) -> Iterator[str]:
    """Find what a configuration may say, though its author will seldom mean it."""
    for index, model in enumerate(monitoring.models):
        yield from _beyond_the_limit(f"models[{index}]", model, monitoring)
        yield from _without_feed(model, monitoring)
    yield from _open_to_all(monitoring)
    routes = monitoring.alerting.routes
    routed = {*routes.critical, *routes.warning, *routes.info}
    for receiver in monitoring.alerting.receivers:
        if receiver.name not in routed:
            yield f"no route names the receiver {receiver.name!r}, so it hears of nothing; name it in alerting.routes"


def _beyond_the_limit(path: str, model: ModelSettings, monitoring: Monitoring) -> Iterator[str]:
    most, limit = worst_case(model, monitoring), budget(model, monitoring).limit
    if most > limit:
        yield (
            f"{model.name} can make {most:,} time series, more than its limit of {limit:,}: versions and segment"
            f" values that come later share __other__; lower {path}.max_segment_values, or raise {path}.max_timeseries"
        )


def _without_feed(model: ModelSettings, monitoring: Monitoring) -> Iterator[str]:
    brought = {feed.events for feed in monitoring.feeds if model in monitoring.models_of(feed)}
    for kind in ("predictions", "labels"):
        if not brought & {kind, "outcomes"}:
            yield f"no feed brings {kind} of {model.name}; add one, or name the model in the `models` of a feed"


def _open_to_all(monitoring: Monitoring) -> Iterator[str]:
    server = monitoring.server
    if server.web_config_file is not None or all(_is_loopback(address) for address in server.listen):
        return
    for index, feed in enumerate(monitoring.feeds):
        if isinstance(feed, ReceivingSettings) and not feed.tokens:
            yield (
                f"whoever reaches the port may send events to the feed {feed.name!r}; give it tokens"
                f" (feeds[{index}].tokens), set server.web_config_file to a file with users, or listen on 127.0.0.1"
            )


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
