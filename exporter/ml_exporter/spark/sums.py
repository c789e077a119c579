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

_ROWS = 50_000
_KEYS = [name for name in SCHEMA if name != "values"]
_WIDEST = max(len(tally.columns) for tally in discover())
_VALUES = [f"value_{place}" for place in range(_WIDEST)]

_TYPES = {"width": pa.float64(), "start": pa.float64(), "bin": pa.int64(), "size": pa.int64()} | dict.fromkeys(
    _VALUES, pa.float64()
)
_COLUMNS = [*_KEYS, *_VALUES, "size", "counts"]
_SPARK = {pa.float64(): "double", pa.int64(): "bigint", pa.string(): "string"}

DDL = ", ".join(f"{name} {_SPARK[_TYPES.get(name, pa.string())]}" for name in _COLUMNS)
"""The columns of a file of tallies, each number of ``values`` in one of its own, and ``size``, how many these are:
Spark takes many times as long for arrays. ``counts`` is JSON, in a row of its own for each partition."""


def rows_of(tallied: TalliedEvents) -> Iterator[pa.RecordBatch]:
    """Yield what a partition has counted as rows."""
    counts = msgspec.json.encode(tallied.counts).decode()
    sums = frame_of(tallied.sums).with_columns(size=pl.Series(tallied.sums.columns), counts=pl.lit(None, pl.String))
    numbers = [pl.col("values").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(_VALUES)]
    rows = sums.with_columns(numbers).select(_COLUMNS)
    for frame in (rows.clear(1).with_columns(counts=pl.lit(counts)), *rows.iter_slices(_ROWS)):
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _COLUMNS])
        yield from table.cast(schema).to_batches()


def added_up(parts: DataFrame) -> tuple[pl.DataFrame, JoinCounts]:
    """Add up what partitions have counted.

    Returns:
        The rows of a file of tallies, the series with most events first; and the counts of all joins.
    """
    sums = [f.sum(name).alias(name) for name in _VALUES]
    whose = f.coalesce("counts", f.lit("")).alias("whose")
    merged = parts.groupBy(*_KEYS, whose).agg(*sums, f.max("size").alias("size"), f.max("counts").alias("counts"))
    table = pl.DataFrame(merged.select(*_COLUMNS).toArrow())
    told = [msgspec.json.decode(text, type=JoinCounts) for text in table["counts"].drop_nulls()]
    values = pl.concat_list(_VALUES).list.head(pl.col("size")).alias("values")
    frame = table.filter(pl.col("counts").is_null()).with_columns(values).select(list(SCHEMA))
    return _ordered(frame), JoinCounts.total(told)


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
