"""Reading a stored series: timestamp, value, and perhaps what each value rests on."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from ml_exporter.feeds.decoding.tables import UnreadableTable, read_table

Column = NDArray[np.float64]


class SeriesError(Exception):
    """The file holds no series; the message says what is wrong and what to do."""


def read_series(file: Path) -> tuple[Column, Column, Column | None]:
    """Read a series from CSV or Parquet, sorted by time.

    Returns:
        Times in seconds since the epoch, values (NaN for none), and outcomes where the file has a column ``n``.

    Raises:
        SeriesError: it cannot be read, lacks a column, or holds fewer than two points.
    """
    try:
        frame = read_table(file)
    except UnreadableTable as error:
        raise SeriesError(f"{file} {error}") from None
    missing = [name for name in ("timestamp", "value") if name not in frame.columns]
    if missing:
        raise SeriesError(f"{file} has no column {missing[0]} (it has {', '.join(frame.columns)}); rename or add it")
    frame = (
        frame.with_columns(_seconds(frame, file))
        .sort("timestamp")
        .unique("timestamp", keep="last", maintain_order=True)
    )
    if len(frame) < 2:
        raise SeriesError(f"{file} holds {len(frame)} points; a series needs at least two")
    try:
        values = frame["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        outcomes = frame["n"].cast(pl.Float64).fill_null(0.0).to_numpy() if "n" in frame.columns else None
    except PolarsError as error:
        raise SeriesError(f"{file}: value and n must be numbers ({str(error).splitlines()[0]})") from None
    return frame["timestamp"].to_numpy(), values, outcomes


def _seconds(frame: pl.DataFrame, file: Path) -> pl.Series:
    """Return the timestamps as seconds since the epoch."""
    given = frame["timestamp"]
    try:
        if given.dtype == pl.String:
            given = given.str.to_datetime(time_zone="UTC")
        if given.dtype.is_temporal():
            return given.dt.epoch("us").cast(pl.Float64) / 1e6
        return given.cast(pl.Float64)
    except PolarsError as error:
        raise SeriesError(
            f"{file}: timestamp is neither seconds since the epoch nor RFC 3339 ({str(error).splitlines()[0]})"
        ) from None
