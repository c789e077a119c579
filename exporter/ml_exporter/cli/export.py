"""``ml-exporter export``."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ml_exporter.cli.application import ConfigurationFile, fail, read_configuration
from ml_exporter.cli.times import time_of
from ml_exporter.config import Duration, Monitoring
from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import aggregates, stored_past
from ml_exporter.tallies import ChangedMeaning, DamagedState

Since = Annotated[
    str, typer.Option(help="Leave out what is older: a time (RFC 3339), or how long ago, as in 7d. Default: nothing.")
]
Until = Annotated[str, typer.Option(help="Leave out what is newer, written likewise. Default: nothing.")]


def register(application: typer.Typer) -> None:
    """Add the command."""

    @application.command()
    def export(
        file: ConfigurationFile,
        out: Annotated[Path, typer.Option(help="The Parquet file to write.")] = Path("ml-exporter.parquet"),
        since: Since = "",
        until: Until = "",
        width: Annotated[
            str, typer.Option(help="How wide a bucket is. Default: the second width of `buckets`, 5m.")
        ] = "",
    ) -> None:
        """Write every metric of every bucket to Parquet: one row a series, bucket and metric. The exporter may run.

        Columns: model_name, model_version, segment_key and segment_value (null: the whole version), start and seconds
        of the bucket, metric, value, lower and upper (its 95 % interval, null where it has none), n (the events that
        it rests on) and counted (how many of them count, where it is a share: those two may be added up).

        - The last week, in hours: `ml-exporter export monitoring.yml --since 7d --width 1h --out week.parquet`

        - Then, in Python: `polars.read_parquet("week.parquet").filter(metric="accuracy")`

        What is older than the finest buckets are kept comes in wider ones. A bucket that has not ended is left out.
        """
        monitoring = read_configuration(file)
        now = time.time()
        try:
            begin = time_of(since, now) if since else 0.0
            end = min(time_of(until, now) if until else np.inf, now)
            past = stored_past(file.resolve().parent / monitoring.store.path, monitoring)
            table = aggregates(past, _width(width, monitoring), begin, end)
        except (StoreError, DamagedState, ChangedMeaning, ValueError) as error:
            fail(str(error))
        try:
            table.write_parquet(out)
        except OSError as error:
            fail(f"{out} cannot be written ({error}); make its folder writable, or choose another --out")
        typer.echo(f"{out}: {len(table):,} rows")


def _width(text: str, monitoring: Monitoring) -> float:
    """Return how wide buckets are to be, seconds."""
    widths = [rung.width.seconds for rung in monitoring.buckets]
    finest = widths[min(1, len(widths) - 1)]  # distributions, as of scores and latencies, start there
    if not text:
        return finest
    try:
        chosen = Duration.parse(text)
    except ValueError as error:
        raise ValueError(f"--width {text!r} {error}") from None
    if chosen.seconds % finest:
        raise ValueError(f"--width {text}: is no multiple of {finest:g} seconds, the second width of `buckets`")
    return chosen.seconds
