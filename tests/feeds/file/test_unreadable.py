"""What cannot be read: it is named with its remedy, and stops nothing else."""

import os
from pathlib import Path

import pytest

from ml_exporter.feeds import FeedError
from tests.feeds.builders import Source, append, lines


def forbid(monkeypatch: pytest.MonkeyPatch, name: str, function: str) -> None:
    """Let a function of ``os`` refuse files of this name, as it does for a user who may not read them."""
    real = getattr(os, function)

    def refusing(path: str, *arguments: object, **options: object) -> object:
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, function, refusing)


@pytest.mark.parametrize("path", ["missing/*.jsonl", "missing/a.jsonl", "missing/*/a.jsonl", "a.jsonl/*.jsonl"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, path: str) -> None:
    append(tmp_path / "a.jsonl", lines("x"))
    with pytest.raises(FeedError, match=r"the folder .*(missing|a\.jsonl) cannot be listed .* correct the feed's path"):
        Source(tmp_path, path).step()


def test_a_folder_may_come_later(tmp_path: Path) -> None:
    source = Source(tmp_path, "later/*.jsonl")
    with pytest.raises(FeedError):
        source.step()
    (tmp_path / "later").mkdir()
    append(tmp_path / "later" / "a.jsonl", lines("x"))
    assert source.drain() == ["x"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "device"])
def test_what_is_no_file_is_named_after_the_files_have_been_read(tmp_path: Path, kind: str) -> None:
    odd = tmp_path / "b.jsonl"
    if kind == "folder":
        odd.mkdir()
    elif kind == "pipe":
        os.mkfifo(odd)
    elif kind == "device":
        odd.symlink_to("/dev/zero")
    else:
        odd.symlink_to("nowhere")
    append(tmp_path / "a.jsonl", lines("x"))
    append(tmp_path / "c.jsonl", lines("y"))
    source = Source(tmp_path)
    source.step()
    assert source.read == ["x", "y"]
    with pytest.raises(FeedError, match=r"b\.jsonl (is no regular file|cannot be looked at|out of the feed)"):
        source.step()
    append(tmp_path / "c.jsonl", lines("z"))
    source.step()
    assert source.read[2:] == ["z"]


def test_a_file_that_may_not_be_read_keeps_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path / "a.jsonl", lines("x"))
    append(tmp_path / "b.jsonl", lines("y"))
    source = Source(tmp_path)
    source.drain()
    append(tmp_path / "a.jsonl", lines("1"))
    append(tmp_path / "b.jsonl", lines("2"))
    with monkeypatch.context() as patched:
        forbid(patched, "a.jsonl", "open")
        source.step()
        assert source.read[2:] == ["2"]
        with pytest.raises(FeedError, match=r"a\.jsonl cannot be read \(Permission denied\); let this user read it"):
            source.step()
        source.reopen()
    assert source.drain() == ["1"]


@pytest.mark.parametrize("function", ["stat", "scandir"])
def test_a_file_that_cannot_be_looked_at_for_a_while_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Its folder, or the file itself, is out of reach: it is not read from its beginning afterwards."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    append(tmp_path / "one" / "a.jsonl", lines("x"))
    append(tmp_path / "two" / "b.jsonl", lines("y"))
    source = Source(tmp_path, "*/*.jsonl")
    source.drain()
    append(tmp_path / "one" / "a.jsonl", lines("1"))
    append(tmp_path / "two" / "b.jsonl", lines("2"))
    with monkeypatch.context() as patched:
        forbid(patched, "a.jsonl", "stat")
        if function == "scandir":
            forbid(patched, "/one", "scandir")
        source.step()
        assert source.read[2:] == ["2"]
        source.reopen()
    assert source.drain() == ["1"]


def test_a_name_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    append(tmp_path / os.fsdecode(b"\xff.jsonl"), lines("x"))
    with pytest.raises(FeedError, match="no UTF-8; rename the file"):
        Source(tmp_path).step()


def test_many_files_that_cannot_be_read_are_told_in_one_short_message(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jsonl").mkdir()
    with pytest.raises(FeedError, match=r"2\.jsonl is no regular file; .*; and 2 more$"):
        Source(tmp_path).step()
