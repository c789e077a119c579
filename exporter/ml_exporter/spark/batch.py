"""A batch job: events that are there are decoded, joined and added up, and one file of tallies is written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import msgspec
import structlog
import xxhash
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from ml_exporter.config import Monitoring
from ml_exporter.events import JoinCounts
from ml_exporter.feeds import DeadLetter, Rejection
from ml_exporter.feeds.tallies.file_format import Header, file_name, write_tallies
from ml_exporter.pipeline.tallying import require_kinds
from ml_exporter.spark.decoding import Source, decoded
from ml_exporter.spark.folding import Period, folding, needed_since
from ml_exporter.spark.sums import DDL, added_up
from ml_exporter.spark.transit import ORDER, REJECTED
from ml_exporter.tallies.counted_by import counted_by

_log = structlog.get_logger(__name__)

MOST_DEAD_LETTERS = 10_000
"""So many events that could not be used are written down; all are counted."""


@dataclass(frozen=True)
class Job:
    """What is to be counted, and under which name. Times in seconds since the epoch."""

    stream: str
    """Whose batches have numbers of their own: the exporter counts each once."""

    batch: int = 0
    since: float = 0.0
    """Events before are read as far as labels may reach back to them, and do not count."""

    until: float | None = None
    """Events from then on are left for a later job."""

    partitions: int | None = None
    """Into how many parts events are divided. Default: ``spark.sql.shuffle.partitions``."""


def name_of(sources: Sequence[Source], since: float, until: float | None) -> str:
    """Return a name for what a job reads: the same files and times give the same."""
    files = sorted(file for source in sources for file in source.frame.inputFiles())
    return f"spark-{xxhash.xxh3_64_hexdigest(msgspec.json.encode([files, since, until]))}"


def count_batch(
    monitoring: Monitoring,
    sources: Sequence[Source],
    out: Path,
    job: Job,
    *,
    dead_letters: Path | None = None,
    at: float | None = None,
) -> Path:
    """Count what sources hold, and write the file of tallies. Where it is there already, nothing is done.

    Args:
        monitoring: the configuration of the exporter that is to read the file.
        sources: predictions and labels, or rows that hold both.
        out: a folder that the driver can write to.
        job: what is to be counted.
        dead_letters: a file for events that could not be used.
        at: the time of looking, seconds since the epoch; now.

    Returns:
        The file.

    Raises:
        UndecidedFeature: the configuration leaves the kind of a feature to its first value.
        OSError: the file cannot be written.
    """
    require_kinds(monitoring)
    file = out / file_name(job.stream, job.batch)
    if file.exists():
        _log.info("batch is counted already", file=str(file))
        return file
    at = time.time() if at is None else at
    rows = reduce(DataFrame.union, (decoded(source, monitoring, at) for source in sources)).persist()
    try:
        events = rows.where(_within(monitoring, job))
        before = _newest(events.where(f.col("time") < job.since)) if job.since else {}
        period = Period(_newest(events), job.since, before)
        partitions = job.partitions or int(rows.sparkSession.conf.get("spark.sql.shuffle.partitions") or 200)
        parts = (
            events.repartition(partitions, "key")
            .sortWithinPartitions(*ORDER)
            .mapInArrow(folding(monitoring, at, period), DDL)
        )
        frame, counts = added_up(parts)
        refused = rows.where(f.col("kind") == REJECTED)
        counts = JoinCounts.total([counts, rejected(refused)])
        if dead_letters is not None:
            bury(refused, dead_letters, job.stream, at)
        meaning = {model.name: counted_by(model) for model in monitoring.models}
        written = write_tallies(out, Header(job.stream, job.batch, meaning, counts, len(frame)), frame)
    finally:
        rows.unpersist()
    _log.info("batch counted", file=str(written), events=counts.events, rows=len(frame))
    return written


def _within(monitoring: Monitoring, job: Job) -> Column:
    """Return the condition on events that matter to a job."""
    condition = (f.col("kind") != REJECTED) & (f.col("time") >= needed_since(monitoring, job.since))
    return condition if job.until is None else condition & (f.col("time") < job.until)


def _newest(events: DataFrame) -> dict[str, float]:
    """Return each model's newest event's time. A label that names no model is of all."""
    found = {
        row["model"]: row["newest"] for row in events.groupBy("model").agg(f.max("time").alias("newest")).collect()
    }
    of_all = found.pop(None, 0.0)
    return {model: max(newest, of_all) for model, newest in found.items()}


def rejected(rows: DataFrame) -> JoinCounts:
    """Count events that could not be used, by their reasons."""
    reasons = {row["reason"]: row["count"] for row in rows.groupBy("reason").count().collect()}
    return JoinCounts(events=sum(reasons.values()), rejected=reasons)


def bury(rows: DataFrame, file: Path, source: str, at: float) -> None:
    """Write down events that could not be used, as the exporter does."""
    rejections = [
        Rejection(row["reason"], row["detail"], source, row["event"])
        for row in rows.select("reason", "detail", "event").limit(MOST_DEAD_LETTERS).toLocalIterator()
    ]
    DeadLetter(file).append(source, rejections, at)
