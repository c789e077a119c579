"""The past of a model from a file of joined rows, as if the exporter had watched it."""

import tempfile
from pathlib import Path

import polars as pl

from ml_exporter.clock import Clock
from ml_exporter.config import Duration, ModelSettings, Monitoring, Rung
from ml_exporter.feeds.decoding.tables import UnreadableTable, read_table
from ml_exporter.ledger import SqliteLedger
from ml_exporter.pipeline.engine import Engine
from ml_exporter.pipeline.reference import rows_of, take_rows, with_features
from ml_exporter.pipeline.stored_past import Past, stored_past

_FINEST, _FOR_EVER = Duration.parse("5m"), Duration.parse("36500d")


class UnusableRows(Exception):
    """A file of joined rows cannot be used; the message says why and what to do."""


def past_of_rows(file: Path, model: ModelSettings, monitoring: Monitoring, clock: Clock) -> tuple[Past, int]:
    """Read the past of a model from joined rows, in buckets of five minutes however old they are.

    Args:
        file: CSV or Parquet, with the columns of an outcome; rows of other models are left out.
        model: whose rows they are, unless they say so themselves.
        monitoring: the configuration.
        clock: the time, before which rows must lie.

    Returns:
        The past, and how many rows could not be used; the first of these are told in the log.

    Raises:
        UnusableRows: it cannot be read, has no times, or holds no row that can be used.
    """
    frame = with_features(_read(file, model), model)
    rung = Rung(width=_FINEST, keep=_FOR_EVER)
    alone = monitoring.model_copy(update={"models": [model], "feeds": [rows_of(model)], "buckets": [rung]})
    with tempfile.TemporaryDirectory() as scratch:
        ledger = SqliteLedger(Path(scratch))
        try:
            rejected = take_rows(Engine(alone, ledger), alone, frame, clock, file)
        finally:
            ledger.close()
        past = stored_past(Path(scratch), alone)
    if not past.series:
        raise UnusableRows(
            f"{file} holds no row of {model.name} that can be used; it needs the columns of a joined row: timestamp,"
            " prediction or score, and actual"
        )
    return past, rejected


def _read(file: Path, model: ModelSettings) -> pl.DataFrame:
    try:
        frame = read_table(file)
    except UnreadableTable as error:
        raise UnusableRows(f"{file} {error}") from None
    if "timestamp" not in frame.columns:
        raise UnusableRows(f"{file} has no column timestamp (it has {', '.join(frame.columns)}); rename or add it")
    if "model_name" in frame.columns:
        frame = frame.filter(pl.col("model_name").is_null() | (pl.col("model_name") == model.name))
    return frame if "prediction_id" in frame.columns else frame.with_row_index("prediction_id")
