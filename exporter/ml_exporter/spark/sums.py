"""Sums between the processes of Spark: what each partition has counted, and adding that up."""

from collections.abc import Iterator

import msgspec
import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from ml_exporter.events import JoinCounts, TalliedEvents
from ml_exporter.feeds.tallies.file_format import SCHEMA, frame_of
from ml_exporter.tallies import discover

DDL = (
    "model_name string, model_version string, segment_key string, segment_value string, tally string, clock string,"
    " width double, start double, name string, category string, bin bigint, values array<double>, counts string"
)
"""The columns of a file of tallies; and ``counts``, JSON, in a row of its own for each partition."""

_ROWS = 50_000
_KEYS = [name for name in SCHEMA if name != "values"]


def rows_of(tallied: TalliedEvents) -> Iterator[pa.RecordBatch]:
    """Yield what a partition has counted as rows."""
    counts = pl.lit(msgspec.json.encode(tallied.counts).decode())
    nothing = pl.DataFrame(schema=pl.Schema(SCHEMA)).clear(1).with_columns(counts=counts)
    sums = frame_of(tallied.sums).with_columns(counts=pl.lit(None, pl.String))
    for frame in (nothing, *sums.iter_slices(_ROWS)):
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        yield from _narrow(table).to_batches()


def _narrow(table: pa.Table) -> pa.Table:
    """Return a table with the types that Spark expects."""
    types = {"values": pa.list_(pa.float64()), "width": pa.float64(), "start": pa.float64(), "bin": pa.int64()}
    return table.cast(pa.schema([(name, types.get(name, pa.string())) for name in table.column_names]))


def added_up(parts: DataFrame) -> tuple[pl.DataFrame, JoinCounts]:
    """Add up what partitions have counted.

    Returns:
        The rows of a file of tallies, the series with most events first; and the counts of all joins.
    """
    widest = max(len(tally.columns) for tally in discover())
    columns = [f.sum(f.get("values", f.lit(place))).alias(f"value_{place}") for place in range(widest)]
    size = f.max(f.size("values")).alias("size")
    counts = f.max("counts").alias("counts")
    key = f.coalesce("counts", f.lit("")).alias("whose")
    merged = parts.groupBy(*_KEYS, key).agg(*columns, size, counts)
    values = f.slice(f.array(*(f"value_{place}" for place in range(widest))), f.lit(1), f.col("size"))
    table = merged.select(*_KEYS, values.alias("values"), "counts").toArrow()
    frame = pl.DataFrame(table)
    told = [msgspec.json.decode(text, type=JoinCounts) for text in frame["counts"].drop_nulls()]
    return _ordered(frame.filter(pl.col("counts").is_null()).select(list(SCHEMA))), JoinCounts.total(told)


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """Order series by their events, so that where places are few the largest have them; within a series by bucket."""
    series = ["model_name", "model_version", "segment_key", "segment_value"]
    counting = pl.col("tally").is_in(["outcomes", "made"]) & (pl.col("clock") != "lifetime")
    weights = (
        frame.group_by(series)
        .agg(weight=pl.col("values").filter(counting).list.first().sum())
        .with_columns(slice=pl.col("segment_key").is_not_null())
    )
    return (
        frame.join(weights, on=series, nulls_equal=True)
        .sort(
            ["slice", "weight", *series, "clock", "width", "start", "tally", "name", "category", "bin"],
            descending=[False, True, *([False] * 11)],
            nulls_last=True,
        )
        .select(list(SCHEMA))
    )
