"""``ml-exporter baseline show | freeze | reset``."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.outside import as_it_is
from ml_exporter.config import Monitoring
from ml_exporter.detectors.degradation import PREFIX, BaselineEntry
from ml_exporter.ledger import StoreError, read_state
from ml_exporter.pipeline import (
    BaselineRequest,
    StoredBaseline,
    carry_out,
    leave_request,
    stored_baselines,
    stored_history,
)
from ml_exporter.tallies import DamagedState

Model = Annotated[str, typer.Option(help="The model's name.")]
Version = Annotated[str | None, typer.Option("--version", help="Only this version.")]
MetricId = Annotated[str | None, typer.Option("--metric", help="Only this metric id.")]
_PATIENCE_TICKS = 4


def register(application: typer.Typer) -> None:
    """Add the commands."""
    baselines = typer.Typer(help="What a metric looked like while the model was healthy.", no_args_is_help=True)
    application.add_typer(baselines, name="baseline")

    @baselines.command()
    def show(
        file: ConfigurationFile,
        model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
        version: Version = None,
        metric: MetricId = None,
        history: Annotated[bool, typer.Option("--history", help="Show what has become of baselines so far.")] = False,
    ) -> None:
        """List the baselines: mean and spread of each metric, what they were learnt from, and whether they are frozen.

        Reads the store while the exporter runs. With --history: every baseline that was frozen, inherited or reset,
        so that versions and periods can be compared.
        """
        monitoring = read_configuration(file)
        store = file.resolve().parent / monitoring.store.path
        try:
            wanted = {"model_name": model, "model_version": version, "metric": metric}
            if history:
                _print_history([one for one in stored_history(store) if _fits(one, wanted)])
            else:
                _print_baselines([one for one in stored_baselines(store, monitoring) if _fits(one, wanted)])
        except (StoreError, DamagedState) as error:
            fail(str(error))

    @baselines.command()
    def freeze(file: ConfigurationFile, model: Model, version: Version = None, metric: MetricId = None) -> None:
        """Freeze provisional baselines as they are: from now on they move by command only."""
        _ask(file, BaselineRequest("freeze", model, version, metric))

    @baselines.command()
    def reset(
        file: ConfigurationFile,
        model: Model,
        version: Version = None,
        metric: MetricId = None,
        since: Annotated[
            str | None,
            typer.Option(help="Learn from nothing before this time (RFC 3339). Default: from the whole period."),
        ] = None,
    ) -> None:
        """Forget baselines and verdicts, and learn anew: when the world has changed and this is the new normal."""
        _ask(file, BaselineRequest("reset", model, version, metric, None if since is None else _time_of(since)))


def _fits(one: BaselineEntry | StoredBaseline, wanted: Mapping[str, str | None]) -> bool:
    return all(value in (None, getattr(one, name)) for name, value in wanted.items())


def _ask(file: Path, request: BaselineRequest) -> None:
    """Have a request carried out: by the exporter that runs, or here where none does."""
    monitoring = read_configuration(file)
    if request.model_name not in {model.name for model in monitoring.models}:
        names = ", ".join(model.name for model in monitoring.models)
        fail(f"--model {request.model_name}: no such model; choose from {names}")
    store = file.resolve().parent / monitoring.store.path
    try:
        read_state(store, PREFIX)  # before anything is made: is there a store at all?
        count = carry_out(monitoring, store, request, time.time())
    except (StoreError, DamagedState) as error:
        if "locked" not in str(error):
            fail(str(error))
        _leave(monitoring, store, request)
        return
    if not count:
        fail("no baseline fits; `ml-exporter baseline show` lists them")
    typer.echo(f"{request.action}: {count} baseline{'s' if count != 1 else ''}")


def _leave(monitoring: Monitoring, store: Path, request: BaselineRequest) -> None:
    """Leave a request for the exporter that runs, and wait until it is carried out."""
    try:
        path = leave_request(store, request)
    except OSError as error:
        fail(f"the store {store} cannot be written ({error.strerror}); run this as the exporter's user")
    patience = max(10.0, _PATIENCE_TICKS * monitoring.tick.seconds)
    deadline = time.monotonic() + patience
    while path.exists():
        if time.monotonic() > deadline:
            fail(f"the exporter has not taken the request within {patience:g} s; it will at its next tick ({path})")
        time.sleep(0.1)
    typer.echo(f"{request.action}: carried out by the running exporter; its log says for how many baselines")


def _time_of(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--since {text}: is no time; write RFC 3339, as in 2026-05-01T12:00:00Z")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _print_baselines(found: list[StoredBaseline]) -> None:
    if not found:
        typer.echo("No baseline yet: it takes 1,000 outcomes.")
        return
    table = Table("Model", "Version", "Metric", "State", "Mean", "Std", "p50", "p95", "p99", "Min", "Max")
    for heading in ("Outcomes", "Since", "Until"):
        table.add_column(heading)
    for one in found:
        numbers = [_number(one.summary[name]) for name in ("mean", "std", "p50", "p95", "p99", "minimum", "maximum")]
        times = [_time(one.since), _time(one.until)]
        table.add_row(*_names(one), one.state, *numbers, f"{one.outcomes:,.0f}", *times)
    Console().print(table)


def _print_history(entries: list[BaselineEntry]) -> None:
    if not entries:
        typer.echo("No baseline has been frozen, inherited or reset yet.")
        return
    table = Table("When", "What", "Model", "Version", "Metric", "Mean", "Std", "Outcomes", "Since", "Until")
    for one in entries:
        numbers = [_number(one.summary["mean"]), _number(one.summary["std"])]
        outcomes = "" if one.outcomes is None else f"{one.outcomes:,.0f}"
        times = [_time(one.since), _time(one.until)]
        table.add_row(_time(one.at), one.action, *_names(one), *numbers, outcomes, *times)
    Console().print(table)


def _names(one: BaselineEntry | StoredBaseline) -> list[Text]:
    return [as_it_is(name) for name in (one.model_name, one.model_version, one.metric)]


def _number(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.4g}"


def _time(seconds: float | None) -> str:
    if seconds is None or not np.isfinite(seconds):
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
