"""Files that grow: only complete lines are read, each once, also across restarts."""

import os
from pathlib import Path

import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.formats import gathering as gathering_module
from ml_exporter.feeds.interface import MAXIMUM_ROWS
from tests.feeds.builders import Source, append, line, lines, prediction


def test_a_glob_that_matches_nothing_yet_is_no_error(tmp_path: Path) -> None:
    source = Source(tmp_path)
    assert source.step() is None
    append(tmp_path / "a.jsonl", lines("xy"))
    assert source.drain() == ["x", "y"]


def test_what_is_appended_is_read_and_nothing_twice(tmp_path: Path) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("xy"))
    assert source.drain() == ["x", "y"]
    assert source.step() is None
    append(tmp_path / "a.jsonl", lines("z"))
    assert source.drain() == ["z"]


def test_a_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    source = Source(tmp_path)
    content = lines("xy")
    append(tmp_path / "a.jsonl", content[:-5])
    batch = source.step()
    assert batch is not None
    assert source.read == ["x"]
    assert not batch.behind
    assert source.step() is None
    source.reopen()
    append(tmp_path / "a.jsonl", content[-5:])
    assert source.drain() == ["y"]


def test_files_are_read_in_the_order_of_their_names_and_new_ones_behind(tmp_path: Path) -> None:
    for name in "bca":
        append(tmp_path / f"{name}.jsonl", lines([name]))
    source = Source(tmp_path)
    assert source.drain() == ["a", "b", "c"]
    append(tmp_path / "0.jsonl", lines(["0"]))
    append(tmp_path / "c.jsonl", lines(["c2"]))
    assert source.drain() == ["c2", "0"]


def test_a_relative_path_starts_at_the_folder_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "[odd] name*"
    (folder / "feed").mkdir(parents=True)
    append(folder / "feed" / "a.jsonl", lines("x"))
    assert Source(folder, "feed/*.jsonl").drain() == ["x"]
    assert Source(tmp_path, str(tmp_path / "*" / "**" / "*.jsonl")).drain() == ["x"]


def test_files_in_folders_of_any_depth_can_be_meant(tmp_path: Path) -> None:
    (tmp_path / "2024" / "05").mkdir(parents=True)
    append(tmp_path / "2024" / "05" / "a.jsonl", lines("x"))
    append(tmp_path / "b.jsonl", lines("y"))
    assert Source(tmp_path, "**/*.jsonl").drain() == ["x", "y"]


def test_blank_lines_carriage_returns_and_a_byte_order_mark_are_tolerated(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + lines("xy").replace(b"\n", b"\r\n\r\n") + b"   \n\n" + lines("z")
    append(tmp_path / "a.jsonl", content)
    source = Source(tmp_path)
    assert source.drain() == ["x", "y", "z"]
    assert source.rejections == []


def test_a_rejection_says_where_its_line_begins(tmp_path: Path) -> None:
    bad = b"oops\n"
    append(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + lines("x") + b"\n" + bad)
    append(tmp_path / "b.jsonl", lines("y") + bad + line(prediction("z", score=2)))
    source = Source(tmp_path)
    assert source.drain() == ["x", "y"]
    first, second = (tmp_path / name for name in ("a.jsonl", "b.jsonl"))
    assert [(rejection.place, rejection.reason) for rejection in source.rejections] == [
        (f"{first}:{len(lines('x')) + 4}", "malformed"),
        (f"{second}:{len(lines('y'))}", "malformed"),
        (f"{second}:{len(lines('y')) + len(bad)}", "bad_value"),
    ]


def test_a_batch_is_filled_from_small_files_and_bounded_for_large_ones(tmp_path: Path) -> None:
    for number in range(30):
        append(tmp_path / f"{number:02}.jsonl", lines(f"{number}-{row}" for row in range(3)))
    append(tmp_path / "99.jsonl", lines(range(MAXIMUM_ROWS + 10)))
    source = Source(tmp_path)
    sizes, behind = [], []
    while (batch := source.step()) is not None:
        sizes.append(batch.read)
        behind.append(batch.behind)
    assert sizes[0] >= 90
    assert max(sizes) <= MAXIMUM_ROWS
    assert sum(sizes) == len(set(source.read)) == 90 + MAXIMUM_ROWS + 10
    assert behind == [True] * (len(sizes) - 1) + [False]


def test_a_batch_that_is_full_says_that_there_is_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering_module, "MAXIMUM_ROWS", 2)
    append(tmp_path / "a.jsonl", lines("xy"))
    append(tmp_path / "b.jsonl", lines("z"))
    source = Source(tmp_path)
    batches = [source.step(), source.step()]
    assert [batch.behind for batch in batches if batch is not None] == [True, False]
    assert source.read == ["x", "y", "z"]


def test_newest_is_the_time_of_the_newest_usable_event(tmp_path: Path) -> None:
    events = [prediction("a", timestamp=2e9), prediction("b", timestamp=1e9), prediction("c", timestamp=1.5e9)]
    append(tmp_path / "a.jsonl", b"".join(map(line, events)))
    batch = Source(tmp_path).step()
    assert batch is not None
    assert (batch.newest, batch.read, len(batch.events)) == (1.5e9, 3, 2)


def test_files_that_stand_still_are_not_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        append(tmp_path / f"{name}.jsonl", lines([name]))
    source = Source(tmp_path)
    source.drain()
    opened: list[object] = []
    real = os.open

    def counting(path: str, *arguments: int) -> int:
        opened.append(path)
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", counting)
    assert source.step() is None
    assert opened == []
    append(tmp_path / "b.jsonl", lines("c"))
    assert source.drain() == ["c"]
    assert set(opened) == {str(tmp_path / "b.jsonl")}


def test_a_position_of_another_kind_of_feed_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"stored position is none of files .* give it a new name"):
        Source(tmp_path, position=b'{"offset": 7}')
