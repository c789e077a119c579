"""A batch job writes what one exporter would have counted, however Spark divides the events."""

import json
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.feeds.tallies.events import (
    FRAUD,
    Exporter,
    assert_same,
    by_one_process,
    configuration,
    made,
    of_models,
    shown,
)
from tests.pipeline.in_process import NOW
from tests.scraped import Scraped

pytest.importorskip("pyspark", reason='pyspark is not installed: pip install "ml-exporter[spark]"')

from ml_exporter.pipeline import UndecidedFeature
from ml_exporter.spark import Job, Source, count_batch, name_of
from ml_exporter.spark.__main__ import main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EVERYTHING = configuration(windows=["1h", "7d"], detection={"enabled": False})
FRAUD_ONLY = configuration(FRAUD, windows=["7d"], detection={"enabled": False})
DAY = 86400.0

Event = dict[str, Any]


def lines(spark: "SparkSession", folder: Path, events: str, rows: Sequence[object]) -> Source:
    """Write events as lines of JSON, and return them as a source."""
    file = folder / f"{events}.jsonl"
    file.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return Source(spark.read.text(str(file)), events, lines=True)


def text_of(folder: Path, monitoring: Any = FRAUD_ONLY) -> bytes:
    """Return what an exporter shows that has taken in the files of a folder."""
    exporter = Exporter(folder, monitoring)
    exporter.read()
    text = exporter.text()
    exporter.close()
    return text


def test_a_months_events_of_every_task_show_what_one_exporter_shows(spark: "SparkSession", tmp_path: Path) -> None:
    predictions, labels = made(1200)
    sources = [lines(spark, tmp_path, "predictions", predictions), lines(spark, tmp_path, "labels", labels)]
    count_batch(EVERYTHING, sources, tmp_path / "tallies", Job("all"), at=NOW)
    assert_same(by_one_process(EVERYTHING, predictions, labels), shown(text_of(tmp_path, EVERYTHING)))


def test_a_hundred_thousand_rows_of_a_table_are_counted_exactly(spark: "SparkSession", tmp_path: Path) -> None:
    """Times are timestamps, ids are numbers, segments stand flat; a plain loop says what has to come out."""
    sql = spark.range(50_000)
    predictions = sql.selectExpr(
        "id % 49000 as request",  # a thousand come twice
        f"timestamp_seconds({NOW - 5 * DAY} + id % 49000) as made",
        "double(id * 7919 % 1000) / 1000 as score",
        "if(id % 2 = 0, 'DE', 'FR') as `segment.country`",
    )
    labels = sql.selectExpr(
        "string(id % 48000) as prediction_id",  # two thousand come twice, and contradict
        f"{NOW - 4 * DAY} + id as timestamp",
        "id * 104729 % 3 = 0 as actual",
    )
    fields = {"prediction_id": "request", "timestamp": "made"}
    defaults = {"model_name": "fraud", "model_version": "v1"}
    sources = [Source(predictions, "predictions", fields, defaults), Source(labels, "labels")]
    count_batch(FRAUD_ONLY, sources, tmp_path / "tallies", Job("table", partitions=4), at=NOW)
    said, score = (
        [number * 104729 % 3 == 0 for number in range(50_000)],
        [number * 7919 % 1000 / 1000 for number in range(49_000)],
    )
    right = sum((score[number] >= 0.5) == said[number] for number in range(48_000))
    conflicts = sum(said[number] != said[number + 48_000] for number in range(2_000))
    metrics = Scraped(text_of(tmp_path))
    assert metrics.one("ml_predictions_total") == 49_000
    assert metrics.one("ml_labels_total") == 48_000
    assert metrics.one("ml_pending_predictions") == 1_000
    assert metrics.one("ml_accuracy_ratio", window="7d") == pytest.approx(right / 48_000, abs=1e-12)
    assert metrics.one("ml_exporter_label_conflicts_total") == conflicts
    duplicates = 1_000 + 2_000 - conflicts
    assert metrics.one("ml_exporter_duplicate_events_total", feed="tallies") == duplicates
    assert metrics.one("ml_exporter_feed_events_total", feed="tallies") == 100_000
    german = metrics.one("ml_segment_window_outcomes", segment_key="country", segment_value="DE", window="7d")
    assert german == 24_000


def test_structs_maps_decimals_and_times_without_zone_are_read_as_they_are_meant(
    spark: "SparkSession", tmp_path: Path
) -> None:
    rows = spark.range(90).selectExpr(
        "cast(id as decimal(20, 0)) as prediction_id",
        "'fraud' as model_name",
        "to_timestamp_ntz('2023-11-14 20:00:00') + make_dt_interval(0, 0, 0, id) as timestamp",
        "cast(0.75 as decimal(5, 2)) as score",
        "named_struct('country', if(id < 30, 'DE', cast(null as string)), 'channel', 'a') as segment",
        "map('amount', double(id)) as features",
        "id % 3 = 0 as actual",
        "date'2023-11-14' + interval '21' hour as label_timestamp",
    )
    rows.write.parquet(str(tmp_path / "joined"))
    count_batch(
        FRAUD_ONLY,
        [Source(spark.read.parquet(str(tmp_path / "joined")), "outcomes")],
        tmp_path / "tallies",
        Job("j"),
        at=NOW,
    )
    metrics = Scraped(text_of(tmp_path))
    assert metrics.one("ml_accuracy_ratio", window="7d") == pytest.approx(1 / 3)
    german = metrics.one("ml_segment_window_outcomes", segment_key="country", segment_value="DE", window="7d")
    assert german == 30
    assert metrics.one("ml_feature_out_of_range_ratio", window="7d", feature="amount") == pytest.approx(9 / 90)
    assert metrics.one("ml_last_prediction_timestamp_seconds") == 1_699_992_089


def test_what_contradicts_is_decided_by_time_and_not_by_the_order_of_rows(
    spark: "SparkSession", tmp_path: Path
) -> None:
    predictions, labels = of_models(FRAUD_ONLY, made(300))
    for one in list(labels):
        labels.append(one | {"timestamp": one["timestamp"] + 1, "actual": 1 - one["actual"]})
    for one in predictions[:20]:
        predictions.append(one | {"timestamp": one["timestamp"] + 1, "score": 1 - one["score"]})
    texts = []
    for partitions in (1, 3):
        folder = tmp_path / str(partitions)
        folder.mkdir()
        random.Random(partitions).shuffle(predictions)
        random.Random(partitions).shuffle(labels)
        sources = [lines(spark, folder, "predictions", predictions), lines(spark, folder, "labels", labels)]
        count_batch(FRAUD_ONLY, sources, folder / "tallies", Job("all", partitions=partitions), at=NOW)
        texts.append(shown(text_of(folder)))
    assert_same(texts[0], texts[1])
    in_order = [sorted(part, key=lambda one: one["timestamp"]) for part in (predictions, labels)]
    assert_same(by_one_process(FRAUD_ONLY, *in_order), texts[0])


def test_jobs_of_consecutive_times_count_together_what_one_job_counts(spark: "SparkSession", tmp_path: Path) -> None:
    predictions, labels = of_models(FRAUD_ONLY, made(600))
    for one in labels[::3]:
        one["timestamp"] = min(one["timestamp"] + 2 * DAY, NOW - 1)
    sources = [lines(spark, tmp_path, "predictions", predictions), lines(spark, tmp_path, "labels", labels)]
    count_batch(FRAUD_ONLY, sources, tmp_path / "whole" / "tallies", Job("all"), at=NOW)
    first, second = NOW - 20 * DAY, NOW - 3 * DAY
    for since, until in ((0.0, first), (first, second), (second, None)):
        count_batch(FRAUD_ONLY, sources, tmp_path / "tallies", Job("daily", int(since), since, until), at=NOW)
    assert len(list((tmp_path / "tallies").iterdir())) == 3
    assert_same(shown(text_of(tmp_path / "whole")), shown(text_of(tmp_path)))


def test_a_job_that_is_run_again_does_nothing_and_one_that_fails_leaves_nothing(
    spark: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions, labels = of_models(FRAUD_ONLY, made(40))
    sources = [lines(spark, tmp_path, "predictions", predictions), lines(spark, tmp_path, "labels", labels)]
    job = Job(name_of(sources, 0.0, None))
    count = partial(count_batch, FRAUD_ONLY, sources, tmp_path / "tallies", job, at=NOW)
    with monkeypatch.context() as broken:
        broken.setattr("ml_exporter.feeds.tallies.file_format.os.fsync", _fail)
        with pytest.raises(OSError, match="disk is full"):
            count()
    assert list((tmp_path / "tallies").iterdir()) == []
    file = count()
    written = file.stat().st_mtime_ns
    assert count() == file
    assert file.stat().st_mtime_ns == written
    assert name_of(sources, 0.0, 1.0) != job.stream


def _fail(_descriptor: int) -> None:
    raise OSError("the disk is full")


def test_the_command_counts_files_and_writes_down_what_cannot_be_used(
    spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions, labels = of_models(FRAUD_ONLY, made(60))
    lines(spark, tmp_path, "predictions", [*predictions, "no event", {"prediction_id": "a", "timestamp": NOW}])
    lines(spark, tmp_path, "labels", labels)
    example = Path(__file__).parents[2] / "examples" / "feed-tallies.yml"
    (tmp_path / "monitoring.yml").write_text(example.read_text().replace("fraud_detection", "fraud"))
    given = [str(tmp_path / "monitoring.yml"), "--predictions", str(tmp_path / "predictions.jsonl")]
    given += ["--labels", str(tmp_path / "labels.jsonl"), "--out", str(tmp_path / "tallies")]
    given += ["--dead-letters", str(tmp_path / "dead.jsonl"), "--since", "2020-01-01"]
    assert main(given) == 0
    assert capsys.readouterr().out.strip().endswith(".parquet")
    letters = [json.loads(letter) for letter in (tmp_path / "dead.jsonl").read_text().splitlines()]
    assert sorted(letter["reason"] for letter in letters) == ["malformed", "missing_field"]
    assert main([*given, "--stream", "other", "--labels", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert main([*given, "--since", "yesterday"]) == 1
    assert "'yesterday' is no time; write 2026-01-31" in capsys.readouterr().err


def test_kinds_of_features_have_to_be_written(tmp_path: Path) -> None:
    undecided = configuration({**FRAUD, "features": ["amount"], "business": {}})
    with pytest.raises(UndecidedFeature, match="amount of fraud: the kind is left to the first value"):
        count_batch(undecided, [], tmp_path, Job("none"))
