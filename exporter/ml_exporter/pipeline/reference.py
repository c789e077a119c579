"""Reference files: joined rows of a time in which a model was healthy, to learn its baselines from."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import structlog

from ml_exporter.clock import Clock
from ml_exporter.config import Duration, FeedSettings, ModelSettings, Monitoring, Rung
from ml_exporter.config.feed import FIELDS, FeedDefaults
from ml_exporter.detectors.degradation import Reference
from ml_exporter.feeds import MAXIMUM_ROWS, Batch, FeedContext
from ml_exporter.feeds.decoding import EventDecoder
from ml_exporter.feeds.decoding.flat import columns_of
from ml_exporter.feeds.decoding.tables import UnreadableTable, read_table
from ml_exporter.ledger import SqliteLedger
from ml_exporter.pipeline.engine import Engine

_log = structlog.get_logger(__name__)
_HOUR = 3600.0
_HOURS_WITHOUT_TIMES = 50
"""Rows without a time are taken for so many hours, in their order."""

_TOLD = 3


class UnusableReference(Exception):
    """A reference file cannot be used; the message says which, where and what to do."""


def load_references(monitoring: Monitoring, folder: Path, clock: Clock) -> dict[str, Reference]:
    """Read the reference file of every model that has one.

    Args:
        monitoring: the configuration.
        folder: where relative paths start.
        clock: the time, before which rows must lie.

    Returns:
        Model to what its reference holds.

    Raises:
        UnusableReference: a file cannot be read, or holds no row that can be used.
    """
    return {
        model.name: _load(_unsampled(model), monitoring, folder / model.baseline.reference, clock)
        for model in monitoring.models
        if model.baseline.reference is not None
    }


def _load(model: ModelSettings, monitoring: Monitoring, file: Path, clock: Clock) -> Reference:
    frame = with_features(_with_ids_and_times(_read(file), clock), model)
    rung = Rung(width=Duration.parse("1h"), keep=Duration.parse("36500d"))
    alone = monitoring.model_copy(update={"models": [model], "feeds": [rows_of(model)], "buckets": [rung]})
    with tempfile.TemporaryDirectory() as scratch:
        ledger = SqliteLedger(Path(scratch))
        try:
            engine = Engine(alone, ledger)
            rejected = take_rows(engine, alone, frame, clock, file)
            reference = engine.reference(model.name)
        finally:
            ledger.close()
    if reference is None:
        raise UnusableReference(
            f"the reference {file} of {model.name} holds no row that can be used; it needs the columns of a joined row:"
            " prediction or score, and actual"
        )
    _log.info("reference read", model_name=model.name, file=str(file), rows=len(frame), rejected=rejected)
    return reference


def _unsampled(model: ModelSettings) -> ModelSettings:
    """Let the features of all rows be looked at."""
    return model.model_copy(update={"max_feature_rate": None})


def _read(file: Path) -> pl.DataFrame:
    try:
        return read_table(file)
    except UnreadableTable as error:
        raise UnusableReference(f"the reference {file} {error}") from None


def _with_ids_and_times(frame: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Give rows what they lack: a number for an id, and a time, hours in the order of the rows."""
    if "prediction_id" not in frame.columns:
        frame = frame.with_row_index("prediction_id")
    if "timestamp" not in frame.columns:
        first = clock.now() // _HOUR * _HOUR - (_HOURS_WITHOUT_TIMES + 1) * _HOUR
        hour = pl.int_range(pl.len()) * _HOURS_WITHOUT_TIMES // pl.len()
        frame = frame.with_columns(timestamp=first + hour.cast(pl.Float64) * _HOUR)
    return frame.drop("model_name", "model_version", strict=False)


def with_features(frame: pl.DataFrame, model: ModelSettings) -> pl.DataFrame:
    """Let a column with the bare name of a feature stand for it, unless it is one of an event's own fields."""
    if "features" in frame.columns:
        return frame
    bare = {feature.name for feature in model.features} & set(frame.columns) - set(FIELDS["outcomes"])
    taken = set(frame.columns)
    return frame.rename({name: f"features.{name}" for name in bare if f"features.{name}" not in taken})


def rows_of(model: ModelSettings) -> FeedSettings:
    """Return a feed of joined rows of one model, read once from a file."""
    return FeedSettings(
        name="reference", kind="reference", events="outcomes", defaults=FeedDefaults(model_name=model.name)
    )


def take_rows(engine: Engine, alone: Monitoring, frame: pl.DataFrame, clock: Clock, file: Path) -> int:
    """Let an engine take all rows in; return how many could not be used, the first of which are told.

    Args:
        engine: over a store of its own.
        alone: the configuration of the one model, whose one feed is ``rows_of`` it.
        frame: the rows.
        clock: the time, before which they must lie.
        file: that they are from.
    """
    models: Mapping[str, ModelSettings] = {model.name: model for model in alone.models}
    decoder = EventDecoder(alone.feeds[0], FeedContext(file.parent, models, clock))
    rejected = 0
    for begin in range(0, len(frame), MAXIMUM_ROWS):
        usable = decoder.decode(columns_of(frame[begin : begin + MAXIMUM_ROWS], decoder.fields, {}))
        for row, (reason, detail) in sorted(usable.problems.found.items())[: max(0, _TOLD - rejected)]:
            _log.warning("joined row rejected", file=str(file), row=begin + row + 1, reason=reason, detail=detail)
        rejected += len(usable.problems.found)
        engine.process(Batch("reference", usable.events, (), b"", behind=False, newest=0.0), clock.now())
    return rejected
