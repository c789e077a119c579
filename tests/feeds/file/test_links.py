"""Links: followed within the feed's own folder and into those that it names, and nowhere else."""

from pathlib import Path

import pytest

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.file import FileFeed
from tests.feeds.builders import Source, append, context, ids, lines, settings

_REFUSED = "out of the feed's folder; move the file into it, or name the folder that it lies in under links_into"


@pytest.fixture(name="own")
def _own(tmp_path: Path) -> Path:
    """A feed's folder beside one that is none of its business."""
    (tmp_path / "own").mkdir()
    (tmp_path / "other").mkdir()
    append(tmp_path / "other" / "secret.jsonl", lines(["secret"]))
    return tmp_path / "own"


def _read(folder: Path, path: str, **options: object) -> list[str]:
    feed = FileFeed(settings(path=path, **options), context(folder), None)
    batch = feed.read()
    assert batch is not None
    return ids(batch.events)


@pytest.mark.parametrize("path", ["own/*.jsonl", "own/**/*.jsonl", "{}/own/*.jsonl", "own/link.jsonl"])
def test_a_link_to_a_file_elsewhere_is_told_and_not_followed(tmp_path: Path, own: Path, path: str) -> None:
    (own / "link.jsonl").symlink_to("../other/secret.jsonl")
    source = Source(tmp_path, path.format(tmp_path))
    with pytest.raises(FeedError, match=_REFUSED):
        source.step()
    if "*" in path:
        append(own / "a.jsonl", lines("x"))
        assert source.step() is not None
        assert source.read == ["x"], "the others are read all the same"


@pytest.mark.parametrize("path", ["own/*/*.jsonl", "own/*/secret.jsonl"])
def test_a_link_to_a_folder_elsewhere_is_told_and_not_followed(tmp_path: Path, own: Path, path: str) -> None:
    (own / "inner").symlink_to("../other")
    with pytest.raises(FeedError, match=_REFUSED):
        Source(tmp_path, path).step()


def test_it_is_followed_into_a_folder_that_the_feed_names(tmp_path: Path, own: Path) -> None:
    (own / "link.jsonl").symlink_to("../other/secret.jsonl")
    assert _read(tmp_path, "own/*.jsonl", links_into=["other"]) == ["secret"]
    assert _read(own, "*.jsonl", links_into=[str(tmp_path / "other")]) == ["secret"]


def test_what_is_no_file_is_none_behind_a_link_either(tmp_path: Path, own: Path) -> None:
    (own / "link.jsonl").symlink_to("/dev/zero")
    with pytest.raises(FeedError, match="is no regular file"):
        _read(tmp_path, "own/*.jsonl", links_into=["/dev"])


def test_a_folder_whose_name_only_begins_alike_is_another_one(tmp_path: Path, own: Path) -> None:
    (tmp_path / "own-not").mkdir()
    append(tmp_path / "own-not" / "a.jsonl", lines("x"))
    (own / "link.jsonl").symlink_to(tmp_path / "own-not" / "a.jsonl")
    with pytest.raises(FeedError, match=_REFUSED):
        Source(tmp_path, "own/*.jsonl").step()


def test_the_feeds_own_folder_may_be_a_link_as_a_mounted_volume_is(tmp_path: Path, own: Path) -> None:
    (tmp_path / "mounted").symlink_to("own")
    (own / "..data").mkdir()
    append(own / "..data" / "a.jsonl", lines("x"))
    (own / "a.jsonl").symlink_to("..data/a.jsonl")
    assert _read(tmp_path, "mounted/*.jsonl") == ["x"]


def test_a_file_that_was_read_before_its_link_was_refused_is_read_no_further(tmp_path: Path, own: Path) -> None:
    """A position of another time must open no way around the rule."""
    (own / "link.jsonl").symlink_to("../other/secret.jsonl")
    feed = FileFeed(settings(path="own/*.jsonl", links_into=["other"]), context(tmp_path), None)
    before = feed.read()
    assert before is not None
    append(tmp_path / "other" / "secret.jsonl", lines(["more"]))
    with pytest.raises(FeedError, match=_REFUSED):
        FileFeed(settings(path="own/*.jsonl"), context(tmp_path), before.position).read()


def test_links_in_circles_cost_nothing(tmp_path: Path, own: Path) -> None:
    for name in "abcd":
        (own / name).symlink_to(".")
    (own / "deep").mkdir()
    append(own / "deep" / "x.jsonl", lines("x"))
    append(own / "y.jsonl", lines("y"))
    assert sorted(_read(tmp_path, "own/**/*.jsonl")) == ["x", "y"]


def test_hidden_files_are_left_out_unless_the_path_names_them(tmp_path: Path, own: Path) -> None:
    (own / ".half").mkdir()
    append(own / ".half" / "a.jsonl", lines("x"))
    append(own / ".b.jsonl", lines("y"))
    append(own / "c.jsonl", lines("z"))
    assert _read(tmp_path, "own/**/*.jsonl") == ["z"]
    assert _read(tmp_path, "own/**/.b.jsonl") == ["y"]
    assert _read(tmp_path, "own/*.jsonl") == ["z"]
