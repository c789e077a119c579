"""Files of CSV: they grow, are rotated and read on as files of lines are, each under its own header."""

import gzip
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ml_exporter.feeds import FeedError
from ml_exporter.feeds.formats import gathering as gathering_module
from tests.feeds.builders import NOW, Source, append, lines

HEADER = b"prediction_id,model_name,timestamp,prediction\n"


def rows(identifiers: str) -> bytes:
    """Return sound predictions of these ids as rows."""
    return "".join(f"{identifier},fraud,{NOW - 60},1\n" for identifier in identifiers).encode()


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("most", [2, 100])
def test_rows_are_read_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, *, restart: bool
) -> None:
    monkeypatch.setattr(gathering_module, "MAXIMUM_ROWS", most)
    source = Source(tmp_path, "*.csv")
    append(tmp_path / "a.csv", HEADER[:10])
    assert source.drain() == []
    for piece, read in ((HEADER[10:] + rows("abc")[:-3], "ab"), (rows("abc")[-3:], "c"), (rows("de"), "de")):
        append(tmp_path / "a.csv", piece)
        if restart:
            source.reopen()
        assert source.drain() == list(read)
    assert source.rejections == []


@hypothesis_settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(0, 200), max_size=5), most=st.integers(1, 5), compressed=st.booleans())
def test_the_events_are_the_same_however_a_file_is_cut_into_writes(
    cuts: list[int], most: int, *, compressed: bool
) -> None:
    data = HEADER + rows("ab") + b"x,fraud\n" + b'"q\n""uo",fraud,' + f"{NOW - 60},1\n".encode() + rows("c")
    bounds = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering_module, "MAXIMUM_ROWS", most)
        source = Source(Path(folder), "*.csv")
        for first, last in pairwise(bounds):
            piece = data[first:last]
            append(Path(folder) / "a.csv", gzip.compress(piece) if compressed else piece)
            source.drain()
            source.reopen()
        assert source.read == ["a", "b", 'q\n"uo', "c"]
        assert [rejection.place.rpartition(":")[2] for rejection in source.rejections] == [
            str(len(HEADER + rows("ab")))
        ]


def test_rotation_begins_a_file_with_a_header_of_its_own(tmp_path: Path) -> None:
    source = Source(tmp_path, "a.csv")
    append(tmp_path / "a.csv", HEADER + rows("a"))
    assert source.drain() == ["a"]
    append(tmp_path / "a.csv", rows("b"))
    (tmp_path / "a.csv").rename(tmp_path / "old")
    append(tmp_path / "a.csv", f"prediction,timestamp,prediction_id,model_name\n1,{NOW - 60},c,fraud\n".encode())
    assert source.drain() == ["b", "c"]
    append(tmp_path / "old", rows("d"))
    source.reopen()
    assert source.drain() == ["d"]


def test_a_file_that_is_truncated_is_read_again_under_its_new_header(tmp_path: Path) -> None:
    source = Source(tmp_path, "*.csv")
    append(tmp_path / "a.csv", HEADER + rows("abc"))
    source.drain()
    (tmp_path / "a.csv").write_bytes(f"timestamp,prediction_id,model_name,prediction\n{NOW - 60},d,fraud,1\n".encode())
    assert source.drain() == ["d"]
    assert source.truncations == 1


def test_files_with_the_same_header_fill_a_batch_together(tmp_path: Path) -> None:
    for name in "abc":
        append(tmp_path / f"{name}.csv", HEADER + rows(name) + b"oops\n")
    append(tmp_path / "d.csv", b"other," + HEADER + b",".join([b"", *rows("d").split(b",", 0)]))
    append(tmp_path / "e.jsonl", lines("e"))
    source = Source(tmp_path, "*.*")
    reads = []
    while (batch := source.step()) is not None:
        reads.append(batch.read)
    assert source.read == list("abcde")
    assert reads == [6, 1, 1]
    assert [rejection.place for rejection in source.rejections] == [
        f"{tmp_path / name}.csv:{len(HEADER + rows(name))}" for name in "abc"
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_a_byte_order_mark_and_carriage_returns(tmp_path: Path, delimiter: str) -> None:
    content = (HEADER + rows("ab")).replace(b",", delimiter.encode()).replace(b"\n", b"\r\n")
    append(tmp_path / "a.csv", b"\xef\xbb\xbf" + content)
    source = Source(tmp_path, "*.csv", options={"delimiter": delimiter})
    assert source.drain() == ["a", "b"]
    assert source.rejections == []


def test_a_format_that_is_said_goes_before_what_names_say(tmp_path: Path) -> None:
    append(tmp_path / "a.jsonl", HEADER + rows("a"))
    source = Source(tmp_path, "*.jsonl", options={"format": "csv"})
    assert source.drain() == ["a"]


def test_a_file_that_is_read_in_another_format_from_now_on_is_read_again(tmp_path: Path) -> None:
    append(tmp_path / "a.txt", HEADER + rows("a"))
    source = Source(tmp_path, "*.txt")
    assert source.drain() == []
    assert {rejection.reason for rejection in source.rejections} == {"malformed"}
    source.options = {"format": "csv"}
    source.reopen()
    assert source.drain() == ["a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"tx-1,fraud,17,1\n",
            r"a\.csv begins with 'tx-1', 'fraud', '17', '1', none of which is a field of predictions",
        ),
        (HEADER.replace(b",", b";"), r"none of which is a field .* correct the `delimiter`"),
        (b"score,score\n", r"names the column 'score' twice; give each column a name of its own"),
        (b"\xff\xfea\x00\n\x00", r"is no UTF-8; write it as UTF-8"),
        (b'"a" b,c\n', r"begins with no header; write the names of the columns in its first line"),
    ],
    ids=["no header", "another delimiter", "twice", "UTF-16", "a quote"],
)
def test_a_file_without_a_sound_header_is_told_after_the_others(tmp_path: Path, content: bytes, told: str) -> None:
    append(tmp_path / "a.csv", content)
    append(tmp_path / "b.csv", HEADER + rows("b"))
    source = Source(tmp_path, "*.csv")
    source.step()
    assert source.read == ["b"]
    with pytest.raises(FeedError, match=told):
        source.step()
    (tmp_path / "a.csv").write_bytes(HEADER + rows("a"))
    assert source.drain() == ["a"]
