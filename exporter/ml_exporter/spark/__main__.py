"""Count events with Spark into files of tallies, which an exporter takes in; see docs/spark.md."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from ml_exporter.config import ConfigurationError, Duration
from ml_exporter.pipeline import UndecidedFeature, load_configuration
from ml_exporter.spark.batch import Job, count_batch, name_of
from ml_exporter.spark.decoding import Source
from ml_exporter.spark.stream import Stream, count_stream

EVENTS = ("predictions", "labels", "outcomes")


def main(given: Sequence[str] | None = None) -> int:
    """Run a job; return its exit code."""
    arguments = _arguments(given)
    try:
        monitoring = load_configuration(arguments.configuration)
        _require_java()
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        spark = SparkSession.builder.appName("ml-exporter").getOrCreate()
        sources = [
            Source(
                _read(spark, getattr(arguments, events), arguments.format, follow=arguments.follow),
                events,
                _pairs(getattr(arguments, f"{events}_fields")),
                _pairs(arguments.defaults),
                lines=arguments.format == "json",
            )
            for events in EVENTS
            if getattr(arguments, events)
        ]
        if arguments.follow:
            stream = Stream(
                arguments.stream or "spark",
                arguments.checkpoint,
                None if arguments.lateness is None else Duration.parse(arguments.lateness),
                None if arguments.once else Duration.parse(arguments.every),
            )
            query = count_stream(monitoring, sources, arguments.out, stream, dead_letters=arguments.dead_letters)
            query.awaitTermination()
        else:
            since, until = _time(arguments.since) or 0.0, _time(arguments.until)
            name = arguments.stream or name_of(sources, since, until)
            batch = int(since) if arguments.batch is None else arguments.batch
            job = Job(name, batch, since, until, arguments.partitions)
            print(count_batch(monitoring, sources, arguments.out, job, dead_letters=arguments.dead_letters))  # noqa: T201
    except (ConfigurationError, UndecidedFeature, UnusableArguments, OSError, PySparkException) as error:
        print(f"ml_exporter.spark: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


class UnusableArguments(Exception):
    """The command's options do not fit; the message says which and what to do."""


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ml_exporter.spark", description=__doc__)
    add = parser.add_argument
    add("configuration", type=Path, help="monitoring.yml of the exporter that is to read the tallies")
    for events in EVENTS:
        add(f"--{events}", metavar="PATH", help=f"files of {events}: what Spark can read, globs and s3a:// included")
        add(f"--{events}-fields", metavar="OURS=THEIRS,...", help="columns that are named otherwise")
    add("--format", default="json", help="json (lines, the default), parquet, csv, orc, delta, ... of all of them")
    add("--defaults", metavar="NAME=VALUE,...", help="model_name, model_version of events that name none")
    add("--out", type=Path, required=True, help="folder for the files of tallies, that the driver can write to")
    add("--dead-letters", type=Path, metavar="FILE", help="file for events that could not be used")
    add("--stream", help="whose batches are numbered; default: a name for exactly these files")
    batch = parser.add_argument_group("a batch of what is there")
    batch.add_argument("--batch", type=int, help="its number in the stream; default: the second of --since")
    batch.add_argument("--since", metavar="TIME", help="count events from then on (RFC 3339, or seconds)")
    batch.add_argument("--until", metavar="TIME", help="leave events from then on for a later job")
    batch.add_argument("--partitions", type=int, help="default: spark.sql.shuffle.partitions")
    stream = parser.add_argument_group("a stream of what comes")
    stream.add_argument("--follow", action="store_true", help="go on with what comes, by Structured Streaming")
    stream.add_argument("--checkpoint", help="folder in which Spark keeps where it stands")
    stream.add_argument("--every", default="1m", help="a file so often (default 1m)")
    stream.add_argument("--once", action="store_true", help="end when all that is there has been counted")
    stream.add_argument("--lateness", help="how far out of order events may come (default: label_horizon)")
    arguments = parser.parse_args(given)
    if not any(getattr(arguments, events) for events in EVENTS):
        parser.error("name --predictions and --labels, or --outcomes")
    if arguments.follow and not arguments.checkpoint:
        parser.error("--follow needs --checkpoint: without, a restart would count everything again")
    return arguments


def _require_java() -> None:
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise UnusableArguments("Spark needs Java, and there is none; install a JRE of version 17, or set JAVA_HOME")


def _read(spark: SparkSession, path: str, form: str, *, follow: bool) -> DataFrame:
    if form == "json":
        return spark.readStream.text(path) if follow else spark.read.text(path)
    options = {"header": "true", "inferSchema": "true"} if form == "csv" else {}
    there = spark.read.format(form).options(**options).load(path)
    return spark.readStream.format(form).schema(there.schema).options(**options).load(path) if follow else there


def _pairs(text: str | None) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in (text or "").split(",") if pair]
    if any(not equals for _, equals, _ in pairs):
        raise UnusableArguments(f"{text!r} is no list of NAME=VALUE; separate them by commas")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnusableArguments(f"{text!r} is no time; write 2026-01-31, 2026-01-31T12:00:00Z, or seconds") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


if __name__ == "__main__":
    sys.exit(main())
