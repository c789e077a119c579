"""Files of Parquet: each appears as a whole, and is read a batch of rows at a time."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ml_exporter.events import Predictions
from ml_exporter.feeds import FeedError
from ml_exporter.feeds.file.position import where
from ml_exporter.feeds.formats import gathering as gathering_module
from tests.feeds.builders import NOW, Source, append, lines, prediction


def table(identifiers: str, **columns: Any) -> pl.DataFrame:
    """Return sound predictions of these ids."""
    return pl.DataFrame([prediction(identifier) for identifier in identifiers]).with_columns(**columns)


def write(path: Path, frame: pl.DataFrame, modified: float = NOW) -> None:
    """Write a file that was written long ago."""
    frame.write_parquet(path, row_group_size=3)
    os.utime(path, (modified, modified))


@pytest.mark.parametrize("restart", [False, True])
def test_rows_are_read_in_batches_and_after_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, restart: bool
) -> None:
    monkeypatch.setattr(gathering_module, "MAXIMUM_ROWS", 2)
    write(tmp_path / "a.parquet", table("abcdefg"))
    append(tmp_path / "b.jsonl", lines("z"))
    source = Source(tmp_path, "*.*")
    places = []
    while (batch := source.step()) is not None:
        places.append((where(batch.position), batch.behind))
        if restart:
            source.reopen()
    assert source.read == list("abcdefgz")
    assert places[0] == ("b.jsonl, byte 0, and 1 more", True)
    assert [behind for _, behind in places] == [True] * (len(places) - 1) + [False]
    assert source.truncations == 0


def test_objects_may_be_structs_or_flat_and_times_may_be_moments(tmp_path: Path) -> None:
    moment = datetime.fromtimestamp(NOW - 60, UTC)
    flat = table("a", timestamp=pl.lit(moment)).with_columns(pl.lit("DE").alias("segment.country"))
    write(tmp_path / "a.parquet", flat)
    write(tmp_path / "b.parquet", table("b", segment=pl.struct(country=pl.lit("FR")), prediction_id=pl.lit(7)))
    source = Source(tmp_path, "*.parquet")
    first, second = source.step(), source.step()
    assert first is not None
    assert second is not None
    assert isinstance(first.events, Predictions)
    assert isinstance(second.events, Predictions)
    assert source.read == ["a", "7"]
    assert first.events.timestamp.tolist() == second.events.timestamp.tolist() == [NOW - 60]
    assert [batch.events.segments["country"].texts() for batch in (first, second)] == [["DE"], ["FR"]]


def test_a_rejection_says_which_row_it_is(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", table("abc", score=pl.Series([0.5, 7.0, None])))
    source = Source(tmp_path, "*.parquet")
    assert source.drain() == ["a", "c"]
    (rejection,) = source.rejections
    assert (rejection.place, rejection.reason) == (f"{tmp_path / 'a.parquet'}:row 2", "bad_value")
    assert '"prediction_id":"b"' in rejection.event


def test_a_file_that_is_still_being_written_is_waited_for_and_told_after_a_while(tmp_path: Path) -> None:
    write(tmp_path / "whole", table("ab"))
    content = (tmp_path / "whole").read_bytes()
    source = Source(tmp_path, "*.parquet")
    (tmp_path / "a.parquet").write_bytes(content[:-20])
    os.utime(tmp_path / "a.parquet", (NOW - 10, NOW - 10))
    assert source.step() is None
    os.utime(tmp_path / "a.parquet", (NOW - 100, NOW - 100))
    with pytest.raises(FeedError, match=r"a\.parquet has no end as a Parquet file has it: it is still being written"):
        source.step()
    append(tmp_path / "a.parquet", content[-20:])
    assert source.drain() == ["a", "b"]


@pytest.mark.parametrize("how", ["renamed over", "written anew"])
def test_a_file_that_is_replaced_is_read_again(tmp_path: Path, how: str) -> None:
    write(tmp_path / "a.parquet", table("abc"))
    source = Source(tmp_path, "*.parquet")
    assert source.drain() == ["a", "b", "c"]
    other = tmp_path / ("other" if how == "renamed over" else "a.parquet")
    write(other, table("abd"), NOW + 1)
    other.rename(tmp_path / "a.parquet")
    assert source.drain() == ["a", "b", "d"]


def test_a_damaged_file_is_told_and_others_go_on(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", table("abc"))
    damaged = bytearray((tmp_path / "a.parquet").read_bytes())
    damaged[-600:-8] = bytes(592)
    (tmp_path / "a.parquet").write_bytes(damaged)
    (tmp_path / "b.parquet").write_bytes(b"this is no table of any kind")
    write(tmp_path / "c.parquet", table("x"))
    pl.DataFrame({"other": [1]}).write_parquet(tmp_path / "d.parquet")
    source = Source(tmp_path, "*.parquet")
    source.step()
    assert source.read == ["x"]
    with pytest.raises(FeedError) as caught:
        source.step()
    message = str(caught.value)
    assert "a.parquet is no sound Parquet file (" in message
    assert "b.parquet is no Parquet file; write one, or say its `format`" in message
    assert "d.parquet has the columns 'other', none of which is a field of the feed's events" in message
    write(tmp_path / "a.parquet", table("abc"))
    source.step()
    assert source.read[1:] == ["a", "b", "c"]


def test_a_file_without_rows_is_done_at_once(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", table("a").clear())
    source = Source(tmp_path, "*.parquet")
    assert source.step() is None
    write(tmp_path / "b.parquet", table("b"))
    batch = source.step()
    assert batch is not None
    assert not batch.behind


def test_a_file_whose_name_is_taken_by_another_while_it_is_read_is_left_for_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.parquet", table("abc"))
    write(tmp_path / "other", table("xyz"))
    source = Source(tmp_path, "*.parquet")
    real = pl.scan_parquet

    def replaced_just_before(path: str, **options: bool) -> pl.LazyFrame:
        monkeypatch.undo()
        (tmp_path / "other").rename(tmp_path / "a.parquet")
        return real(path, **options)

    monkeypatch.setattr(pl, "scan_parquet", replaced_just_before)
    assert source.step() is None
    assert source.drain() == ["x", "y", "z"]
