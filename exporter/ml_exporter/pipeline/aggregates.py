"""Every metric of every series in every bucket, as a table: what notebooks and warehouses read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric, Statistics
from ml_exporter.pipeline.stored_past import Past
from ml_exporter.snapshot.groups import Group, groups
from ml_exporter.windows import Totals

Column = NDArray[np.float64]

SCHEMA: Mapping[str, pl.DataType] = {
    "model_name": pl.String(),
    "model_version": pl.String(),
    "segment_key": pl.String(),
    "segment_value": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "seconds": pl.Float64(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "n": pl.Float64(),
    "counted": pl.Float64(),
}
"""Column to its type. ``start`` and ``seconds`` are the bucket; ``lower`` and ``upper`` the 95 % interval, null where
the metric has none; ``n`` is how many events the value rests on, and ``counted`` how many of them count, where the
metric is a share: these two may be added up over buckets, series and exporters."""


@dataclass(frozen=True)
class _Part:
    """One metric of the series of a group in one bucket."""

    series: NDArray[np.intp]
    start: float
    seconds: float
    metric: str
    numbers: dict[str, Column]


def aggregates(past: Past, width: float, since: float, until: float) -> pl.DataFrame:
    """Return one row for each series, bucket and metric that has a value.

    Args:
        past: what the store keeps.
        width: of the buckets, seconds; where the past is kept in wider ones, they are as wide as those.
        since: a bucket that starts before is left out; seconds since the epoch.
        until: a bucket that ends later is left out.

    Returns:
        The columns of ``SCHEMA``, sorted by all of them from the left.
    """
    frames = [_frame(part) for part in _parts(past, width, since, until)]
    rows = pl.concat(frames) if frames else _frame(_Part(np.empty(0, np.intp), 0.0, 0.0, "", _numbers(np.empty(0))))
    keys = pl.DataFrame(
        {
            "series": np.array([code for code, _ in past.series], dtype=np.int64),
            "model_name": [key.model for _, key in past.series],
            "model_version": [key.version for _, key in past.series],
            "segment_key": pl.Series([key.segment_key for _, key in past.series], dtype=pl.String),
            "segment_value": pl.Series([key.segment_value for _, key in past.series], dtype=pl.String),
        }
    )
    table = rows.join(keys, on="series", how="left").with_columns(
        pl.from_epoch((pl.col("start") * 1e6).cast(pl.Int64), time_unit="us").dt.replace_time_zone("UTC").alias("start")
    )
    order = ["model_name", "model_version", "segment_key", "segment_value", "start", "metric"]
    return table.select(list(SCHEMA)).cast(pl.Schema(SCHEMA)).sort(order)


def _parts(past: Past, width: float, since: float, until: float) -> Iterator[_Part]:
    grouped = {sliced: groups(past.monitoring, past.series, slices=sliced) for sliced in (True, False)}
    for start, seconds, totals in past.spans(width, since, until):
        for sliced, members in grouped.items():
            metrics = [metric for metric in catalogue.metrics() if metric.sliced == sliced]
            for group in members:
                yield from _of_group(group, metrics, totals, start, seconds)


def _of_group(group: Group, metrics: Iterable[Metric], totals: Totals, start: float, seconds: float) -> Iterator[_Part]:
    statistics = group.statistics(totals)
    for metric in metrics:
        if metric.applies(group.model.task, group.model.offers):
            estimate = metric.estimate(statistics)
            there = ~np.isnan(estimate.value)
            if there.any():
                n, counted = _counts(metric, statistics)
                columns = {
                    "value": estimate.value,
                    "lower": estimate.lower,
                    "upper": estimate.upper,
                    "n": n,
                    "counted": counted,
                }
                chosen = {name: column[there] for name, column in columns.items()}
                yield _Part(group.codes[there], start, seconds, metric.id, chosen)


def _counts(metric: Metric, statistics: Statistics) -> tuple[Column, Column]:
    """Return what a metric rests on, and how many of these count; NaN where it is no share."""
    if metric.proportion is not None:
        counted, n = metric.proportion(statistics)
        return n, counted
    events = statistics[metric.counted_by]
    n = events if events.ndim == 1 else events.sum(axis=1)
    return n, np.full(len(n), np.nan)


def _numbers(column: Column) -> dict[str, Column]:
    return dict.fromkeys(("value", "lower", "upper", "n", "counted"), column)


def _frame(part: _Part) -> pl.DataFrame:
    rows = len(part.series)
    return pl.DataFrame(
        {
            "series": part.series.astype(np.int64),
            "start": np.full(rows, part.start),
            "seconds": np.full(rows, part.seconds),
            "metric": pl.Series([part.metric] * rows, dtype=pl.String),
            **{name: pl.Series(column, nan_to_null=True) for name, column in part.numbers.items()},
        }
    )
