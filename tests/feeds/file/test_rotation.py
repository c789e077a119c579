"""Files that are renamed, replaced, truncated or removed while they are read."""

import os
from pathlib import Path

import msgspec
import pytest

from tests.feeds.builders import Source, append, lines


def known_paths(source: Source) -> list[str]:
    """Return the names of the files in the committed position."""
    return [Path(entry["path"]).name for entry in msgspec.json.decode(source.position or b"[]")]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("name", ["a.jsonl.1", "z.jsonl"])
def test_a_renamed_file_is_read_to_its_end(tmp_path: Path, name: str, *, restart: bool) -> None:
    """Within the glob and out of it, without and with a restart in between."""
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("xy"))
    source.drain()
    append(tmp_path / "a.jsonl", lines("z"))
    (tmp_path / "a.jsonl").rename(tmp_path / name)
    append(tmp_path / "a.jsonl", lines("1"))
    if restart:
        source.reopen()
    assert source.drain() == ["z", "1"]
    append(tmp_path / name, lines(["late"]))
    append(tmp_path / "a.jsonl", lines("2"))
    assert sorted(source.drain()) == ["2", "late"]
    assert source.truncations == 0


def test_a_chain_of_rotations_is_followed(tmp_path: Path) -> None:
    source = Source(tmp_path, "a.jsonl")
    for number in range(5):
        append(tmp_path / "a.jsonl", lines([f"{number}-early"]))
        assert source.drain() == [f"{number}-early"]
        append(tmp_path / "a.jsonl", lines([f"{number}-late"]))
        for generation in range(number, 0, -1):
            (tmp_path / f"a.jsonl.{generation}").rename(tmp_path / f"a.jsonl.{generation + 1}")
        (tmp_path / "a.jsonl").rename(tmp_path / "a.jsonl.1")
        assert source.drain() == [f"{number}-late"]


def test_a_file_behind_a_link_is_followed_to_its_own_folder(tmp_path: Path) -> None:
    """As container logs are: the link leads to another folder, in which they are rotated."""
    (tmp_path / "pods").mkdir()
    append(tmp_path / "pods" / "0.log", lines("x"))
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "pods" / "0.log")
    source = Source(tmp_path)
    assert source.drain() == ["x"]
    append(tmp_path / "pods" / "0.log", lines("y"))
    (tmp_path / "pods" / "0.log").rename(tmp_path / "pods" / "0.log.1")
    append(tmp_path / "pods" / "0.log", lines("z"))
    assert source.drain() == ["y", "z"]


def test_a_file_with_two_names_is_read_once(tmp_path: Path) -> None:
    append(tmp_path / "a.jsonl", lines("x"))
    (tmp_path / "b.jsonl").hardlink_to(tmp_path / "a.jsonl")
    assert Source(tmp_path).drain() == ["x"]


def test_another_file_under_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("xy"))
    source.drain()
    append(tmp_path / "new", lines(["z", "something longer than before"]))
    (tmp_path / "new").replace(tmp_path / "a.jsonl")
    assert source.drain() == ["z", "something longer than before"]


@pytest.mark.parametrize("restart", [False, True])
def test_a_truncated_file_is_read_again_and_counted(tmp_path: Path, *, restart: bool) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("xyz"))
    source.drain()
    (tmp_path / "a.jsonl").write_bytes(lines("1"))
    if restart:
        source.reopen()
    assert source.drain() == ["1"]
    assert source.truncations == 1
    source.reopen()
    assert source.drain() == []
    assert source.truncations == 1


def test_a_file_truncated_to_nothing_is_counted_once(tmp_path: Path) -> None:
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("xyz"))
    source.drain()
    os.truncate(tmp_path / "a.jsonl", 0)
    batch = source.step()
    assert batch is not None
    assert (batch.truncations, batch.read, batch.behind) == (1, 0, False)
    source.reopen()
    assert source.step() is None
    append(tmp_path / "a.jsonl", lines("1"))
    assert source.drain() == ["1"]


@pytest.mark.parametrize("further", ["", "23"])
def test_a_file_that_was_written_anew_is_known_by_its_beginning(tmp_path: Path, further: str) -> None:
    """It is as long as what was read, or longer: only the hash of its beginning tells."""
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("x"))
    source.drain()
    changed = (tmp_path / "a.jsonl").stat().st_mtime_ns + 1
    (tmp_path / "a.jsonl").write_bytes(lines("1" + further))
    os.utime(tmp_path / "a.jsonl", ns=(changed, changed))
    assert source.drain() == list("1" + further)
    assert source.truncations == 0


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    source = Source(tmp_path)
    for name in "abc":
        append(tmp_path / f"{name}.jsonl", lines([name]))
    source.drain()
    assert known_paths(source) == ["a.jsonl", "b.jsonl", "c.jsonl"]
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "b.jsonl").unlink()
    append(tmp_path / "c.jsonl", lines("d"))
    assert source.drain() == ["d"]
    assert known_paths(source) == ["c.jsonl"]


def test_a_file_that_only_has_the_inode_of_one_that_was_read_is_left_alone(tmp_path: Path) -> None:
    """File systems give inodes away again. The position is made to say that the notes were read before."""
    source = Source(tmp_path)
    append(tmp_path / "a.jsonl", lines("x"))
    source.drain()
    (tmp_path / "a.jsonl").unlink()
    append(tmp_path / "notes.txt", b"nothing that a feed should read\n" * 20)
    (entry,) = msgspec.json.decode(source.position or b"")
    source.position = msgspec.json.encode([entry | {"inode": (tmp_path / "notes.txt").stat().st_ino}])
    source.reopen()
    assert source.drain() == []
    assert source.rejections == []


def test_a_file_that_is_rotated_between_two_looks_is_not_mistaken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was found under its name; when it is opened, another one has the name."""
    source = Source(tmp_path, "a.jsonl")
    append(tmp_path / "a.jsonl", lines("x"))
    source.drain()
    append(tmp_path / "a.jsonl", lines("y"))
    real = os.open

    def rotated_just_before(path: str, flags: int) -> int:
        monkeypatch.undo()
        (tmp_path / "a.jsonl").rename(tmp_path / "a.jsonl.1")
        append(tmp_path / "a.jsonl", lines("z"))
        return real(path, flags)

    monkeypatch.setattr(os, "open", rotated_just_before)
    assert source.step() is None
    assert source.drain() == ["y", "z"]
    assert source.truncations == 0


def test_a_file_that_goes_between_two_looks_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path / "a.jsonl", lines("x"))
    source = Source(tmp_path)

    def gone(path: str, _flags: int) -> int:
        monkeypatch.undo()
        Path(path).unlink()
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "open", gone)
    assert source.step() is None
