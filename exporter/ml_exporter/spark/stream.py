"""A stream: events that come are joined by Spark itself, and each micro-batch writes one file of tallies.

State is kept by Spark, in its checkpoint: ids of predictions and labels until nothing that repeats them is expected,
and predictions until no label can reach them. What is added up is added up by the exporter's own code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.streaming.query import StreamingQuery

from ml_exporter.clock import Clock, WallClock
from ml_exporter.config import Duration, Monitoring
from ml_exporter.events import JoinCounts
from ml_exporter.feeds.tallies.file_format import Header, file_name, write_tallies
from ml_exporter.pipeline.tallying import require_kinds
from ml_exporter.spark.batch import bury, rejected
from ml_exporter.spark.decoding import Source, decoded
from ml_exporter.spark.pairs import JOINED, LABEL_COLUMNS, MADE, UNJOINED, adding_up
from ml_exporter.spark.sums import DDL, added_up
from ml_exporter.spark.transit import LABEL, PREDICTION, REJECTED, Transit
from ml_exporter.tallies import SUCCESS
from ml_exporter.tallies.counted_by import counted_by

READ = "read"
"""What a row tells that is only counted: that an event was read."""


@dataclass(frozen=True)
class Stream:
    """How a stream is counted."""

    name: str
    checkpoint: str
    """A folder for Spark's own state."""

    lateness: Duration | None
    """How far out of order events, and repetitions of them, may come: the watermark. None: ``label_horizon``."""

    every: Duration | None
    """How often a file is written; None: once, of all that is there."""


def count_stream(
    monitoring: Monitoring,
    sources: Sequence[Source],
    out: Path,
    stream: Stream,
    *,
    dead_letters: Path | None = None,
    clock: Clock | None = None,
) -> StreamingQuery:
    """Start to count what comes.

    Args:
        monitoring: the configuration of the exporter that is to read the files.
        sources: streams of predictions and labels, or of rows that hold both.
        out: a folder that the driver can write to.
        stream: how.
        dead_letters: a file for events that could not be used.
        clock: the time of looking; that of the machine.

    Raises:
        UndecidedFeature: the configuration leaves the kind of a feature to its first value.
    """
    require_kinds(monitoring)
    rows = reduce(DataFrame.union, (decoded(source, monitoring) for source in sources))
    told = _told(rows, monitoring, stream.lateness or monitoring.label_horizon)
    writer = told.writeStream.foreachBatch(_writing(monitoring, out, stream, dead_letters, clock or WallClock()))
    writer = writer.option("checkpointLocation", stream.checkpoint).queryName(stream.name)
    if stream.every is None:
        return writer.trigger(availableNow=True).start()
    return writer.trigger(processingTime=f"{stream.every.seconds} seconds").start()


def _told(rows: DataFrame, monitoring: Monitoring, lateness: Duration) -> DataFrame:
    """Return what is to be counted: each row is whole in itself and says what it tells."""
    moment = f.timestamp_micros((f.col("time") * 1e6).cast("bigint"))
    dated = rows.withColumn("moment", moment).withWatermark("moment", _seconds(lateness))
    predictions = dated.where(f.col("kind") == PREDICTION)
    succeeded = f.col("status") == SUCCESS
    new = predictions.where(succeeded).dropDuplicatesWithinWatermark(["model", "version", "prediction_id"])
    labels = dated.where(f.col("kind") == LABEL).dropDuplicatesWithinWatermark(["model", "prediction_id"])
    names = Transit.of(monitoring).schema.names
    parts = [
        _telling(rows, names, f.lit(READ)),
        _telling(predictions.where(~succeeded), names, f.lit(MADE)),
        _telling(new, names, f.lit(MADE)),
        _joined(new, labels, monitoring, names),
    ]
    return reduce(DataFrame.union, parts)


def _telling(rows: DataFrame, names: Sequence[str], tells: Column, *label: Column) -> DataFrame:
    empty = (f.lit(None).cast("double"), f.lit(None).cast("string"), f.lit(None).cast("double"))
    columns = [column.alias(name) for column, name in zip(label or empty, LABEL_COLUMNS, strict=True)]
    return rows.select(tells.alias("tells"), *names, *columns)


def _joined(new: DataFrame, labels: DataFrame, monitoring: Monitoring, names: Sequence[str]) -> DataFrame:
    """Join predictions with the first label of their id: within ``label_horizon``, or until silence is one."""
    horizon = monitoring.label_horizon
    reach = f.lit(horizon.seconds)
    for model in monitoring.models:
        if model.missing_label is not None:
            reach = f.when(f.col("model") == model.name, model.missing_label.after.seconds).otherwise(reach)
    theirs = labels.select(
        f.col("prediction_id").alias("label_id"),
        f.col("model").alias("label_model"),
        f.col("time").alias("label_time"),
        f.col("actual").alias("label_actual"),
        f.col("value").alias("label_value"),
        f.col("moment").alias("label_moment"),
    )
    condition = (
        (f.col("prediction_id") == f.col("label_id"))
        & (f.col("label_moment") >= f.col("moment") - f.expr(f"interval {_seconds(horizon)}"))
        & (f.col("label_moment") <= f.col("moment") + f.expr(f"interval {_seconds(horizon)}"))
        & (f.col("label_model").isNull() | (f.col("label_model") == f.col("model")))
        & (f.col("label_time") <= f.col("time") + f.col("reach"))
    )
    both = new.withColumn("reach", reach).join(theirs, condition, "left_outer")
    tells = f.when(f.col("label_id").isNull(), UNJOINED).otherwise(JOINED)
    return _telling(both, names, tells, *(f.col(name) for name in LABEL_COLUMNS))


def _seconds(duration: Duration) -> str:
    return f"{duration.seconds:.0f} seconds"


def _writing(
    monitoring: Monitoring, out: Path, stream: Stream, dead_letters: Path | None, clock: Clock
) -> Callable[[DataFrame, int], None]:
    """Return what is done with each micro-batch: its file is written, unless an attempt before has done so."""
    meaning = {model.name: counted_by(model) for model in monitoring.models}

    def write(rows: DataFrame, batch: int) -> None:
        query = rows.sparkSession.sparkContext.getLocalProperty("sql.streaming.queryId")
        name, at = f"{stream.name}/{query}", clock.now()
        if (out / file_name(name, batch)).exists():
            rows.write.format("noop").mode("overwrite").save()  # the state of the join goes on all the same
            return
        rows = rows.persist()
        try:
            told = rows.where(f.col("tells") != READ)
            read = rows.where(f.col("tells") == READ)
            refused = read.where(f.col("kind") == REJECTED)
            parts = told.coalesce(max(1, rows.sparkSession.sparkContext.defaultParallelism))
            frame, counts = added_up(parts.mapInArrow(adding_up(monitoring, at), DDL))
            counts = JoinCounts.total([counts, _read(read), rejected(refused)])
            if dead_letters is not None:
                bury(refused, dead_letters, stream.name, at)
            if counts.events or len(frame) or counts.expired_predictions:
                write_tallies(out, Header(name, batch, meaning, counts, len(frame)), frame)
        finally:
            rows.unpersist()

    return write


def _read(rows: DataFrame) -> JoinCounts:
    """Count events that were read and could be used."""
    counted = (
        rows.where(f.col("kind") != REJECTED).groupBy("model").agg(f.count("*").alias("n"), f.max("time").alias("t"))
    )
    found = counted.collect()
    newest = {row["model"]: row["t"] for row in found if row["model"] is not None}
    return JoinCounts(events=sum(row["n"] for row in found), newest=newest)
