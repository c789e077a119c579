"""Lines that are too large: rejected once, never in memory as a whole, and the lines behind them are read."""

from pathlib import Path

import pytest

from ml_exporter.feeds.formats import gathering as gathering_module
from ml_exporter.feeds.formats import lines as lines_module
from ml_exporter.feeds.interface import MAXIMUM_EVENT_BYTES
from tests.feeds.builders import Source, append, line, lines, prediction


def event_of(size: int, identifier: str = "large") -> bytes:
    """Return a sound prediction as a line of so many bytes, its newline not counted."""
    padding = size + 1 - len(line(prediction(identifier, x="")))
    return line(prediction(identifier, x="y" * padding))


def test_one_event_may_have_1_mebibyte_and_no_more(tmp_path: Path) -> None:
    append(tmp_path / "a.jsonl", event_of(MAXIMUM_EVENT_BYTES, "fits") + event_of(MAXIMUM_EVENT_BYTES + 1) + lines("z"))
    source = Source(tmp_path)
    assert source.drain() == ["fits", "z"]
    (rejection,) = source.rejections
    assert rejection.reason == "too_large"
    assert rejection.detail == "the line is larger than 1024 KiB; send less in one event"
    assert rejection.place == f"{tmp_path / 'a.jsonl'}:{MAXIMUM_EVENT_BYTES + 1}"
    assert len(rejection.event) == 2000


@pytest.mark.parametrize("restart", [False, True])
def test_a_line_of_many_chunks_is_passed_over(tmp_path: Path, *, restart: bool) -> None:
    large = event_of(3 * lines_module.CHUNK_BYTES)
    append(tmp_path / "a.jsonl", lines("x") + large + lines("y"))
    source = Source(tmp_path)
    while source.step() is not None:
        if restart:
            source.reopen()
    assert source.read == ["x", "y"]
    assert [rejection.reason for rejection in source.rejections] == ["too_large"]
    assert source.rejections[0].place == f"{tmp_path / 'a.jsonl'}:{len(lines('x'))}"


def test_a_line_without_end_is_rejected_before_its_end_comes(tmp_path: Path) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", b"y" * (MAXIMUM_EVENT_BYTES + 1))
    batch = source.step()
    assert batch is not None
    assert [rejection.reason for rejection in batch.rejections] == ["too_large"]
    assert not batch.behind
    source.reopen()
    append(tmp_path / "a.jsonl", b"more of it")
    assert source.drain() == []
    append(tmp_path / "a.jsonl", b"\n" + lines("z"))
    assert source.drain() == ["z"]
    assert len(source.rejections) == 1


def test_lines_behind_a_large_one_keep_their_places(tmp_path: Path) -> None:
    large = event_of(MAXIMUM_EVENT_BYTES + 1)
    append(tmp_path / "a.jsonl", large + b"oops\n")
    source = Source(tmp_path)
    source.drain()
    assert [rejection.place.rpartition(":")[2] for rejection in source.rejections] == ["0", str(len(large))]


def test_a_file_that_is_truncated_within_a_large_line_is_read_from_its_beginning(tmp_path: Path) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", b"y" * (MAXIMUM_EVENT_BYTES + 1))
    source.drain()
    (tmp_path / "a.jsonl").write_bytes(lines("z"))
    assert source.drain() == ["z"]
    assert source.truncations == 1


def test_large_lines_count_for_the_size_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering_module, "MAXIMUM_ROWS", 2)
    monkeypatch.setattr(lines_module, "MAXIMUM_EVENT_BYTES", 200)
    append(tmp_path / "a.jsonl", event_of(300) + event_of(300))
    append(tmp_path / "b.jsonl", lines(range(5)))
    source = Source(tmp_path)
    sizes = []
    while (batch := source.step()) is not None:
        sizes.append(batch.read)
    assert sizes == [2, 2, 2, 1]
