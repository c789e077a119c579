"""Compressed files of lines: read as what they hold, whatever they are called."""

import gzip
import zlib
from pathlib import Path

import pytest
import zstandard

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.file.position import where
from ml_exporter.feeds.formats import gathering as gathering_module
from tests.feeds.builders import Source, append, lines

COMPRESS = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("ending", COMPRESS)
@pytest.mark.parametrize("restart", [False, True])
def test_a_compressed_file_is_read_in_batches_and_after_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, *, restart: bool
) -> None:
    monkeypatch.setattr(gathering_module, "MAXIMUM_ROWS", 3)
    append(tmp_path / f"a.jsonl.{ending}", COMPRESS[ending](lines("abcdefgh")) + COMPRESS[ending](lines("12")))
    append(tmp_path / "b.jsonl", lines("z"))
    source = Source(tmp_path, "*.jsonl*")
    behind = []
    while (batch := source.step()) is not None:
        behind.append(batch.behind)
        if restart:
            source.reopen()
    assert source.read == list("abcdefgh12z")
    assert behind == [True, True, True, False]


def test_a_file_that_was_read_to_its_end_is_not_decompressed_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path / "a.jsonl.gz", gzip.compress(lines("abc")))
    source = Source(tmp_path, "*.gz")
    assert source.drain() == ["a", "b", "c"]
    source.reopen()
    monkeypatch.setattr("ml_exporter.feeds.compression.content.CompressedContent.read", None)
    assert source.step() is None


def test_a_compressed_file_that_grows_is_read_as_far_as_its_writer_has_flushed_it(tmp_path: Path) -> None:
    writer = zlib.compressobj(wbits=31)
    content = lines("abc")
    source = Source(tmp_path, "*.gz")
    append(tmp_path / "a.gz", writer.compress(content[:-5]) + writer.flush(zlib.Z_SYNC_FLUSH))
    assert source.drain() == ["a", "b"]
    source.reopen()
    append(tmp_path / "a.gz", writer.compress(content[-5:]) + writer.flush(zlib.Z_SYNC_FLUSH))
    assert source.drain() == ["c"]
    append(tmp_path / "a.gz", writer.flush() + gzip.compress(lines("d")))
    assert source.drain() == ["d"]
    assert source.position is not None
    assert where(source.position) == f"a.gz, byte {len(lines('abcd'))}"


def test_a_compressed_file_that_is_written_anew_is_read_again(tmp_path: Path) -> None:
    append(tmp_path / "a.gz", gzip.compress(lines(range(50))))
    source = Source(tmp_path, "*.gz")
    source.drain()
    (tmp_path / "a.gz").write_bytes(gzip.compress(lines("x")))
    assert source.drain() == ["x"]
    assert source.truncations == 1


def test_a_damaged_file_is_told_after_the_others_and_the_feed_stays_open(tmp_path: Path) -> None:
    append(tmp_path / "a.gz", gzip.compress(lines("ab")) + gzip.compress(b"")[:10] + b"\xff" * 20)
    append(tmp_path / "b.gz", gzip.compress(lines("c")))
    source = Source(tmp_path, "*.gz")
    source.step()
    assert sorted(source.read) == ["a", "b", "c"]
    with pytest.raises(FeedError, match=r"a\.gz is damaged: its gzip cannot .* move it out of the feed's path"):
        source.step()
    append(tmp_path / "b.gz", gzip.compress(lines("d")))
    assert source.step() is not None
    assert source.read[-1] == "d"


def test_a_line_that_is_too_large_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    large = b'{"x": "' + b"y" * (20 << 20) + b'"}\n'
    append(tmp_path / "a.gz", gzip.compress(lines("a") + large + lines("b")))
    source = Source(tmp_path, "*.gz")
    assert source.drain() == ["a", "b"]
    assert [rejection.reason for rejection in source.rejections] == ["too_large"]
    assert source.rejections[0].place.endswith(f"a.gz:{len(lines('a'))}")
