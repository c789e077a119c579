"""``ml-exporter backfill``."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ml_exporter.bundle.promql import JOB
from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.logs import set_up_logs
from ml_exporter.cli.times import time_of
from ml_exporter.clock import WallClock
from ml_exporter.config import Duration, ModelSettings, Monitoring
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import Past, UnusableRows, moments, openmetrics_history, past_of_rows, stored_past
from ml_exporter.tallies import ChangedMeaning, DamagedState

_REFUSALS = (StoreError, DamagedState, ChangedMeaning, UnusableRows, ValueError)


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def backfill(
        file: ConfigurationFile,
        out: Annotated[Path, typer.Option(help="The OpenMetrics file to write.")] = Path("history.om"),
        rows: Annotated[
            Path | None, typer.Option(help="Take joined rows from this CSV or Parquet file, not the store.")
        ] = None,
        model: Annotated[str | None, typer.Option(help="With --rows: the model that they are of.")] = None,
        since: Annotated[str, typer.Option(help="The first time: RFC 3339, or how long ago, as in 30d.")] = "30d",
        until: Annotated[str, typer.Option(help="The last time, written likewise. Default: now.")] = "",
        step: Annotated[
            str, typer.Option(help="How far samples are apart; what Prometheus draws as a line has at most 5m.")
        ] = "5m",
        job: Annotated[str, typer.Option(help="The scrape job that the samples are to belong to.")] = JOB,
        instance: Annotated[str, typer.Option(help="The instance. Default: the first of `prometheus.targets`.")] = "",
    ) -> None:
        """Write the gauges of the past as OpenMetrics with timestamps, for Prometheus to draw what was before it came.

        From the store, beside a running exporter:

        - `ml-exporter backfill monitoring.yml --since 30d --until 2026-05-01T12:00:00Z`, the time of the first scrape

        - `promtool tsdb create-blocks-from openmetrics history.om PROMETHEUS_DATA`

        From rows that were joined elsewhere, of a time before the exporter (columns timestamp, prediction or score,
        actual, and perhaps label_timestamp, model_version, segment.KEY):

        - `ml-exporter backfill monitoring.yml --rows 2025.parquet --model fraud --since 2025-01-01`

        A running Prometheus shows the blocks after about a minute, if its retention reaches back so far. The finer the
        buckets that are kept of a time, the finer the gauges: with `buckets` as they are by default, every 5 minutes
        for two days, every hour for 40 days, and every day before; windows shorter than that are left out.
        """
        monitoring = read_configuration(file)
        set_up_logs("logfmt", "warning")
        now = time.time()
        try:
            begin, end = time_of(since, now), min(time_of(until, now) if until else now, now)
            past = _past(file, monitoring, rows, model)
            when = moments(past, begin, end, _step(step), now)
        except _REFUSALS as error:
            fail(str(error))
        target = {"job": job, "instance": instance or monitoring.prometheus.targets[0]}
        samples = 0
        try:
            with out.open("w", encoding="utf-8") as opened, _progress(len(when.edges)) as computed:
                for lines in openmetrics_history(past, when, target, computed):
                    samples += not lines.startswith("#")
                    opened.write(lines)
        except OSError as error:
            fail(f"{out} cannot be written ({error.strerror}); make its folder writable, or choose another --out")
        typer.echo(f"{out}: {samples:,} samples at {len(when.times):,} times")
        if not samples:
            typer.echo("Nothing is kept of that time; ml-exporter store info says how far the store reaches.")


def _past(file: Path, monitoring: Monitoring, rows: Path | None, model: str | None) -> Past:
    """Return the past: of the store, or of a file of joined rows."""
    if rows is None:
        return stored_past(file.resolve().parent / monitoring.store.path, monitoring)
    past, rejected = past_of_rows(rows, _model(monitoring, model), monitoring, WallClock())
    if rejected:
        typer.echo(f"{rows}: {rejected:,} rows could not be used; the log says why", err=True)
    return past


def _model(monitoring: Monitoring, name: str | None) -> ModelSettings:
    names = ", ".join(model.name for model in monitoring.models)
    if name is None and len(monitoring.models) > 1:
        raise ValueError(f"--rows: say by --model which model they are of; choose from {names}")
    try:
        return monitoring.models[0] if name is None else monitoring.model(name)
    except KeyError:
        raise ValueError(f"--model {name}: no such model; choose from {names}") from None


def _step(text: str) -> float:
    try:
        return Duration.parse(text).seconds
    except ValueError as error:
        raise ValueError(f"--step {text!r} {error}") from None


@contextmanager
def _progress(edges: int) -> Iterator["_Computed"]:
    """Show how far it is, where somebody looks."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield _Computed(progress, edges)


class _Computed:
    """Is told of each edge that is done."""

    def __init__(self, progress: Progress, edges: int) -> None:
        self._progress = progress
        self._task = progress.add_task("computing", total=edges)

    def __call__(self, edge: int) -> None:
        self._progress.update(self._task, completed=edge + 1)
