"""Rows of a table become events: each once, whatever its versions do to its files."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import deltalake
import polars as pl
import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.delta import FEED, DeltaFeedSettings
from tests.feeds.builders import NOW
from tests.feeds.object_store.source import Source
from tests.feeds.object_store.stores import CREDENTIALS, STORES, Bucket, running


class Table:
    """A Delta table that is written."""

    def __init__(self, path: str, options: dict[str, str] | None = None) -> None:
        self.path = path
        self.options = options

    def append(self, identifiers: Sequence[object], **more: Any) -> None:
        """Add rows."""
        rows = {"prediction_id": [str(one) for one in identifiers], "prediction": [1] * len(identifiers)}
        frame = pl.DataFrame(rows).with_columns(
            pl.lit("fraud").alias("model_name"), pl.lit(NOW - 60).alias("timestamp")
        )
        frame = frame.with_columns([pl.lit(value).alias(name) for name, value in more.items()])
        deltalake.write_deltalake(self.path, frame, mode="append", storage_options=self.options, schema_mode="merge")

    @property
    def now(self) -> deltalake.DeltaTable:
        """Return the table as it is."""
        return deltalake.DeltaTable(self.path, storage_options=self.options)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(str(tmp_path / "table"))


def source(table: Table, **options: Any) -> Source:
    own = {"name": "f", "kind": "delta", "events": "predictions", "url": f"file://{table.path}"}
    return Source(FEED, own | options)


def numbers(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def test_the_rows_that_are_there_and_those_that_come_are_read_once(table: Table) -> None:
    table.append(range(10))
    table.append(range(10, 20))
    reader = source(table)
    assert sorted(reader.all(), key=int) == numbers(0, 20)
    for first in range(20, 60, 10):
        table.append(range(first, first + 10))
        reader.all()
        reader.close()
    assert sorted(reader.read, key=int) == numbers(0, 60)
    assert FEED.where is not None
    assert FEED.where(reader.batches[-1].position) == "version 5, behind 1 of its files"
    reader.close()


def test_with_latest_it_begins_behind_what_is_there(table: Table) -> None:
    table.append(range(10))
    reader = source(table, start="latest")
    assert reader.all() == []
    table.append([10, 11])
    reader.close()
    assert reader.all() == ["10", "11"]
    reader.close()


def test_putting_files_together_counts_nothing_again(table: Table) -> None:
    for first in range(0, 30, 10):
        table.append(range(first, first + 10))
    reader = source(table)
    reader.all()
    table.now.optimize.compact()
    table.append([30])
    table.now.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert sorted(reader.all(), key=int) == numbers(0, 31)
    reader.close()


def test_what_is_updated_comes_again_and_what_is_deleted_is_not_taken_back(table: Table) -> None:
    table.append(range(4))
    reader = source(table)
    reader.all()
    table.now.delete("prediction_id = '0'")
    again = reader.all()[4:]
    assert sorted(again) == ["1", "2", "3"], "the file is written anew: its rows are duplicates by their ids"
    reader.close()


def test_columns_that_the_table_is_partitioned_by_are_columns(tmp_path: Path) -> None:
    path = str(tmp_path / "table")
    rows = {
        "prediction_id": ["1", "2", "3"],
        "prediction": [1, 1, 1],
        "timestamp": [NOW - 60] * 3,
        "model_name": ["fraud", "churn", "fraud"],
        "segment.country": ["D E", "x=1/2", None],
    }
    frame = pl.DataFrame(rows).with_columns(
        pl.when(pl.col("model_name") == "churn").then(pl.lit("left")).otherwise(pl.lit("1")).alias("prediction")
    )
    deltalake.write_deltalake(path, frame, partition_by=["model_name", "segment.country"])
    reader = source(Table(path))
    assert sorted(reader.all()) == ["1", "2", "3"]
    assert reader.rejections == []
    deltalake.write_deltalake(path, frame.with_columns(pl.lit("4").alias("prediction_id"))[:1], mode="append")
    reader.all()
    assert (reader.read[-1], reader.rejections) == ("4", [])
    reader.close()


def test_columns_may_come(table: Table) -> None:
    table.append([0])
    reader = source(table)
    reader.all()
    table.append([1], latency_seconds=0.5)
    assert reader.all() == ["0", "1"]
    assert list(reader.batches[-1].events.latency) == [0.5]  # type: ignore[union-attr] # they are predictions
    reader.close()


def test_wherever_it_is_closed_nothing_is_lost_and_nothing_repeated(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_exporter.feeds.formats.gathering.MAXIMUM_ROWS", 7)
    dice, written = random.Random(5), 0
    reader = source(table)
    table.append([0])
    written = 1
    for _ in range(12):
        count = dice.randrange(1, 30)
        table.append(range(written, written + count))
        written += count
        if dice.random() < 0.3:
            table.now.optimize.compact()
        for _ in range(dice.randrange(4)):
            reader.step()
            if dice.random() < 0.5:
                reader.close()
    assert sorted(reader.all(), key=int) == numbers(0, written)
    reader.close()


def test_a_version_that_is_cleaned_up_is_told(table: Table) -> None:
    table.append([0])
    reader = source(table)
    reader.all()
    for number in range(1, 4):
        table.append([number])
    log = Path(table.path) / "_delta_log"
    table.now.create_checkpoint()
    (log / f"{1:020}.json").unlink()
    with pytest.raises(FeedError, match=r"version 1 is no longer in the log, which begins at 2"):
        reader.step()
    reader.close()


def test_a_file_that_was_vacuumed_before_it_was_read_is_counted_as_lost(table: Table) -> None:
    table.append(range(5))
    reader = source(table)
    reader.all()
    table.append(range(5, 12))
    table.append([12])
    table.now.optimize.compact()
    table.now.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    reader.all()
    assert sum(batch.lost for batch in reader.batches) == 8
    reader.close()


def test_a_table_that_is_missing_is_told(table: Table) -> None:
    reader = source(table)
    with pytest.raises(FeedError, match="there is no such folder; create it, or correct `url`"):
        reader.step()
    Path(table.path).mkdir()
    with pytest.raises(FeedError, match="there is no Delta table; correct `url`, or create it"):
        reader.step()
    reader.close()
    table.append([1])
    assert reader.all() == ["1"]
    reader.close()


def test_a_table_whose_columns_have_other_names_in_its_files_is_refused(table: Table) -> None:
    table.append([1])
    log = Path(table.path) / "_delta_log" / f"{0:020}.json"
    text = log.read_text(encoding="utf-8")
    mapped = text.replace('"configuration":{}', '"configuration":{"delta.columnMapping.mode":"name"}')
    assert mapped != text
    log.write_text(mapped, encoding="utf-8")
    with pytest.raises(FeedError, match="delta"):
        source(table).step()


def test_a_position_of_another_kind_is_told(table: Table) -> None:
    reader = source(table)
    reader.position = b"[]"
    with pytest.raises(FeedError, match="none of a Delta table"):
        reader.step()


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="is always Parquet"):
        DeltaFeedSettings.model_validate(
            {"name": "f", "kind": "delta", "events": "labels", "url": "s3://b/t", "format": "csv"}
        )


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with running(request.param) as bucket:
        yield bucket


def test_a_table_may_lie_in_a_store(store: Bucket) -> None:
    options = {"endpoint": store.endpoint, "allow_http": "true", "region": "us-east-1"}
    scheme = store.url.partition(":")[0]
    own = f"{scheme}-table"
    table = Table(f"{store.url}/{own}".replace("gs:", "s3:"), options)
    table.append(range(10))
    reader = source(table, **store.feed(own, kind="delta"))
    reader.all()
    table.append(range(10, 15))
    reader.close()
    assert sorted(reader.all(), key=int) == numbers(0, 15)
    reader.close()
