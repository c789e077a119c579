"""Count the same lines of JSON by one exporter, and by Spark and an exporter; assert that both show the same.

Counts have to be equal, sums to nine digits. For Java and pyspark see docs/spark.md.
"""

import argparse
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from pyspark.sql import SparkSession

from benchmarks.pipeline import events
from benchmarks.pipeline.setting import BEGIN
from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.config import Monitoring
from ml_exporter.feeds import FeedContext
from ml_exporter.pipeline import Engine, open_store, plug_in_kinds
from ml_exporter.spark import Job, Source, count_batch

_FILES = 8


def monitoring(*kinds: str) -> Monitoring:
    """Return a configuration that reads lines, or tallies."""
    sources: dict[str, Any] = {
        "predictions": {"kind": "file", "path": "predictions*.jsonl", "events": "predictions"},
        "labels": {"kind": "file", "path": "labels*.jsonl", "events": "labels"},
        "tallies": {"kind": "tallies", "path": "tallies/*.parquet"},
    }
    values = {
        "models": [{"name": "fraud", "task": "binary", "retire_after": "3650d"}],
        "feeds": [{"name": kind, **sources[kind]} for kind in kinds],
        "windows": ["24h"],
        "detection": {"enabled": False},
    }
    return Monitoring.model_validate(values, context=vars(plug_in_kinds()))


def write(folder: Path, pairs: int, versions: int) -> None:
    """Write predictions and labels, several files of each."""
    share = -(-pairs // _FILES)
    for number in range(_FILES):
        first, count = number * share, min(share, pairs - number * share)
        predictions = events.prediction_lines(first, count, BEGIN, versions=versions)
        events.write(folder / f"predictions-{number}.jsonl", predictions)
        events.write(folder / f"labels-{number}.jsonl", events.label_lines(first, count, BEGIN))


def read(folder: Path, store: Path, configured: Monitoring, at: float) -> str:
    """Let an exporter read its feeds to their ends; return what it shows."""
    ledger = open_store(store)
    engine = Engine(configured, ledger)
    for feed in configured.feeds:
        models = {model.name: model for model in configured.models_of(feed)}
        opened = feeds.kinds()[feed.kind].open(feed, FeedContext(folder, models, ManualClock(at)), None)
        while (batch := opened.read()) is not None:
            engine.process(batch, at)
        opened.close()
    text = engine.tick(at, {}).text.text.decode()
    ledger.close()
    return text


def by_spark(folder: Path, at: float, cores: int) -> None:
    """Count by Spark."""
    spark = SparkSession.builder.getOrCreate()
    sources = [
        Source(spark.read.text(str(folder / f"{kind}-*.jsonl")), kind, lines=True) for kind in ("predictions", "labels")
    ]
    job = Job("benchmark", partitions=2 * cores)
    count_batch(monitoring("tallies"), sources, folder / "tallies", job, at=at)


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Do something; return what it gave, the seconds it took, and those of processors, all processes counted."""
    with _processor_time() as spent:
        began = time.perf_counter()
        given = work()
        took = time.perf_counter() - began
    return given, took, spent[0]


@contextmanager
def _processor_time() -> Iterator[list[float]]:
    def now() -> float:
        own = psutil.Process()
        times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
        return sum(one.user + one.system + one.children_user + one.children_system for one in times)

    spent, before = [0.0], now()
    yield spent
    spent[0] = now() - before


def differing(one: str, other: str) -> list[str]:
    """Return the samples in which two expositions differ, beyond the ninth digit."""
    found = []
    samples = [dict(line.rsplit(" ", 1) for line in text.splitlines() if _compared(line)) for text in (one, other)]
    for name in sorted(samples[0].keys() | samples[1].keys()):
        values = [float(own.get(name, "nan")) for own in samples]
        if not math.isclose(*values, rel_tol=1e-9):
            found.append(f"{name}: {values[0]} {values[1]}")
    return found


def _compared(line: str) -> bool:
    return not re.match(r"#|ml_exporter_(last_tick_dur|feed_|duplicate_|build_info|unmatched)|ml_catching", line)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000, help="predictions, and as many labels")
    parser.add_argument("--versions", type=int, default=20, help="of the model")
    parser.add_argument("--cores", type=int, default=2, help="that Spark may use")
    parser.add_argument("--memory", default="3g", help="of the driver, which does all the work here")
    arguments = parser.parse_args()
    pairs, at = arguments.pairs, BEGIN + arguments.pairs / 1000 + events.DELAY + 60
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{arguments.cores}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.memory", arguments.memory).config("spark.log.level", "ERROR")
    builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    with TemporaryDirectory(prefix="spark-benchmark-") as name:
        folder = Path(name)
        write(folder, pairs, arguments.versions)
        one, *alone = measured(lambda: read(folder, folder / "alone", monitoring("predictions", "labels"), at))
        _, *counting = measured(lambda: by_spark(folder, at, arguments.cores))
        other, *taking = measured(lambda: read(folder, folder / "after", monitoring("tallies"), at))
        size = sum(file.stat().st_size for file in (folder / "tallies").iterdir())
    assert not (wrong := differing(one, other)), wrong[:20]
    samples = len(other.splitlines())
    print(
        f"{pairs:,} predictions and labels of {arguments.versions} versions; {samples:,} lines of /metrics are equal."
    )
    print(f"The file of tallies has {size / 1e6:.1f} MB.\n")
    print("| | Seconds | CPU seconds | Events a second | Events a CPU second |\n| --- | --- | --- | --- | --- |")
    whole = [sum(times) for times in zip(counting, taking, strict=True)]
    for what, (took, spent) in {"one exporter": alone, "Spark": counting, "Spark, and an exporter": whole}.items():
        print(f"| {what} | {took:.0f} | {spent:.0f} | {2 * pairs / took:,.0f} | {2 * pairs / spent:,.0f} |")
    print(f"\nThe exporter took the tallies in within {taking[0]:.1f} s ({taking[1]:.1f} s of a processor).")


if __name__ == "__main__":
    main()
