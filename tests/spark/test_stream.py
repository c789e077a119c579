"""A stream writes one file of tallies for each micro-batch; together they are what one exporter would have counted."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.feeds.tallies.events import (
    FRAUD,
    WEATHER,
    Exporter,
    assert_same,
    by_one_process,
    configuration,
    made,
    of_models,
    shown,
)
from tests.pipeline.in_process import NOW, prediction
from tests.scraped import Scraped

pytest.importorskip("pyspark", reason='pyspark is not installed: pip install "ml-exporter[spark]"')

from pyspark.errors import StreamingQueryException

from ml_exporter.clock import ManualClock
from ml_exporter.config import Duration, Monitoring
from ml_exporter.spark import Source, Stream, count_stream
from ml_exporter.spark import stream as module
from ml_exporter.spark.__main__ import main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Event = dict[str, Any]
CONFIGURATION = configuration(FRAUD, WEATHER, windows=["7d"], detection={"enabled": False}, label_horizon="60d")
PLAIN = {"name": "fraud", "task": "binary"}


class Streamed:
    """A folder into which events come, and the streams that count them."""

    def __init__(self, spark: "SparkSession", folder: Path, monitoring: Monitoring) -> None:
        self._spark, self._folder, self._monitoring = spark, folder, monitoring
        self._files = 0
        for name in ("predictions", "labels"):
            (folder / name).mkdir()

    def comes(self, events: str, rows: Sequence[object]) -> None:
        """Put a file of events there."""
        self._files += 1
        text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
        file = self._folder / events / f"{self._files:03}.jsonl"
        file.write_text(text, encoding="utf-8")
        os.utime(file, (self._files, self._files))  # Spark reads the older one first

    def count(self, lateness: str | None = None) -> None:
        """Count what has come since the last time, a file of each kind in a micro-batch."""
        sources = [
            Source(
                self._spark.readStream.option("maxFilesPerTrigger", 1).text(str(self._folder / events)),
                events,
                lines=True,
            )
            for events in ("predictions", "labels")
        ]
        how = Stream(
            "live", str(self._folder / "checkpoint"), None if lateness is None else Duration.parse(lateness), None
        )
        out, clock = self._folder / "tallies", ManualClock(NOW)
        count_stream(self._monitoring, sources, out, how, clock=clock).awaitTermination()

    def text(self) -> bytes:
        """Return what an exporter shows that has taken in the files of tallies."""
        exporter = Exporter(self._folder, self._monitoring)
        exporter.read()
        text = exporter.text()
        exporter.close()
        return text


@pytest.fixture(autouse=True)
def one_partition(spark: "SparkSession") -> Iterator[None]:
    """Keep few state stores: each micro-batch writes all of them."""
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", before)


def test_files_that_come_one_after_the_other_and_a_stream_that_dies_count_every_event_once(
    spark: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies behind the file of its second micro-batch, before Spark knows that this one is done."""
    events = of_models(CONFIGURATION, made(400))
    streamed = Streamed(spark, tmp_path, CONFIGURATION)
    half = len(events[0]) // 2
    for part in (slice(half), slice(half, None)):
        streamed.comes("predictions", [*events[0][part], "no event"])
        streamed.comes("labels", events[1][part])
    write, batches = module.write_tallies, []

    def write_and_die(folder: Path, header: Any, frame: Any) -> Path:
        batches.append(header.batch)
        file = write(folder, header, frame)
        if len(batches) == 2:
            raise ConnectionError("the driver dies")
        return file

    with monkeypatch.context() as dying:
        dying.setattr(module, "write_tallies", write_and_die)
        with pytest.raises(StreamingQueryException, match="the driver dies"):
            streamed.count()
    streamed.count()
    again = [one for one in events[0] if "status" not in one][:50]
    streamed.comes("predictions", again)
    streamed.count()
    text = streamed.text()
    assert_same(by_one_process(CONFIGURATION, *events), shown(text))
    metrics = Scraped(text)
    assert metrics.one("ml_exporter_feed_rejected_total", feed="tallies", reason="malformed") == 2
    read = len(events[0]) + len(events[1]) + 2 + len(again)
    assert metrics.one("ml_exporter_feed_events_total", feed="tallies") == read


@pytest.mark.parametrize(
    ("silence", "judged", "assumed", "expired"),
    [({}, 2, [], 1), ({"missing_label": {"after": "1h", "actual": 0}}, 3, [1], 0)],
    ids=["expires", "is judged by silence"],
)
def test_what_no_label_reaches_within_the_horizon_expires_or_is_judged_by_silence(
    spark: "SparkSession", tmp_path: Path, silence: Event, judged: int, assumed: list[int], expired: int
) -> None:
    monitoring = configuration({**PLAIN, **silence}, windows=["7d"], detection={"enabled": False}, label_horizon="1h")
    streamed = Streamed(spark, tmp_path, monitoring)
    begin = NOW - 86400

    def label(identifier: str, at: float) -> Event:
        return {"prediction_id": identifier, "timestamp": at, "actual": 1}

    streamed.comes("predictions", [prediction(name, timestamp=begin) for name in ("told", "late")])
    streamed.comes("labels", [label("told", begin + 60)])
    streamed.comes("predictions", [prediction("later", timestamp=begin + 4 * 3600)])
    streamed.comes("labels", [label("late", begin + 2 * 3600), label("unknown", begin + 4 * 3600)])
    streamed.comes("predictions", [prediction("last", timestamp=begin + 5 * 3600)])
    streamed.comes("labels", [label("later", begin + 5 * 3600)])
    streamed.count(lateness="10m")
    metrics = Scraped(streamed.text())
    assert metrics.one("ml_predictions_total") == 4
    assert metrics.one("ml_labels_total") == judged
    assert list(metrics.all("ml_assumed_labels_total").values()) == assumed
    assert metrics.one("ml_exporter_expired_predictions_total") == expired
    assert metrics.one("ml_pending_predictions") == 1


def test_the_command_follows_a_folder_until_all_is_counted(
    spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streamed = Streamed(spark, tmp_path, CONFIGURATION)
    predictions, labels = of_models(CONFIGURATION, made(40))
    streamed.comes("predictions", predictions)
    streamed.comes("labels", labels)
    example = Path(__file__).parents[2] / "examples" / "feed-tallies.yml"
    (tmp_path / "monitoring.yml").write_text(example.read_text().replace("fraud_detection", "fraud"))
    given = [str(tmp_path / "monitoring.yml"), "--out", str(tmp_path / "tallies"), "--follow"]
    given += [f"--{events}={tmp_path / events}" for events in ("predictions", "labels")]
    with pytest.raises(SystemExit):
        main(given)
    assert "--follow needs --checkpoint" in capsys.readouterr().err
    assert main([*given, "--checkpoint", str(tmp_path / "checkpoint"), "--once"]) == 0
    assert len(list((tmp_path / "tallies").glob("spark_*-000000000000-*.parquet"))) == 1
