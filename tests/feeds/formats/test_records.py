"""Records of CSV: what Python's own reader finds in sound files, however they are cut, and little lost in others."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ml_exporter.feeds.file.position import FilePosition
from ml_exporter.feeds.formats import records as records_module
from ml_exporter.feeds.formats.records import Records, Shape, read_records

SHAPE = Shape(2, b"a,b", b",")


def read(data: bytes, rows: int = 100, shape: Shape = SHAPE, *, at_end: bool = True) -> tuple[Records, FilePosition]:
    position = FilePosition("f", 0, 0)
    return read_records(data, position, rows, shape, at_end=at_end), position


def cells(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def read_all(pieces: list[bytes], rows: int, shape: Shape = SHAPE) -> tuple[list[list[str]], list[int], list[str]]:
    """Read a content that comes in pieces: its records, where they begin, and why others are unusable."""
    position, content = FilePosition("f", 0, 0), b""
    found: list[list[str]] = []
    offsets: list[int] = []
    wrong: list[str] = []
    for piece in pieces:
        content += piece
        while True:
            records = read_records(content[position.offset :], position, rows, shape, at_end=True)
            found += cells(records.text)
            offsets += records.offsets
            wrong += [f"{line.offset}: {line.reason}" for line in records.unusable]
            if records.exhausted:
                break
    return found, offsets, wrong


TEXTS = st.text(st.sampled_from('ab,;"\n é0'), max_size=6)


@hypothesis_settings(deadline=None, max_examples=300)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    cuts=st.lists(st.integers(0, 100), max_size=4),
    most=st.integers(1, 9),
)
def test_what_a_csv_writer_wrote_is_read_as_it_was_however_it_is_cut(
    rows: list[tuple[str, str]], quoting: int, end: str, cuts: list[int], most: int
) -> None:
    rows = [row for row in rows if row != ("a", "b")]
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type] # an int at run time
    data = written.getvalue().encode()
    bounds = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[first:last] for first, last in pairwise(bounds)]
    found, _, wrong = read_all(pieces, most)
    assert found == [list(row) for row in rows]
    assert wrong == []


@hypothesis_settings(deadline=None, max_examples=300)
@given(
    content=st.lists(st.sampled_from(["x,y", 'x,"y"', '"', '"x', ",", "\n", "\n", "\r\n", 'a "b"', "é"]), max_size=25),
    cuts=st.lists(st.integers(0, 100), max_size=4),
    most=st.integers(1, 9),
)
def test_whatever_stands_in_a_file_means_the_same_however_it_is_cut(
    content: list[str], cuts: list[int], most: int
) -> None:
    data = "".join(content).encode()
    bounds = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[first:last] for first, last in pairwise(bounds)]
    assert read_all(pieces, most) == read_all([data], 100)


def test_blank_lines_and_repeated_headers_are_passed_over() -> None:
    for quoted in (b"4", b'"4"'):
        found, _, wrong = read_all([b"\r\n1,2\n\na,b\r\n3," + quoted + b"\n\n"], 100)
        assert found == [["1", "2"], ["3", "4"]]
        assert wrong == []


@pytest.mark.parametrize("quoted", [b"", b'"5","6"\n'], ids=["without quotes", "with quotes"])
def test_a_row_with_another_number_of_cells_costs_itself_only(quoted: bytes) -> None:
    records, _ = read(b"1,2\n1,2,3\n4\n7,8\n" + quoted)
    assert cells(records.text)[:2] == [["1", "2"], ["7", "8"]]
    assert records.record(0).replace(b'"', b"") == b"1,2"
    assert [(line.offset, line.reason) for line in records.unusable] == [(4, "malformed"), (10, "malformed")]
    assert records.unusable[0].detail.startswith("the row has 3 cells and the header 2; write as many")


@pytest.mark.parametrize(
    ("bad", "kept"),
    [
        (b'"x" y,2\n', []),
        (b'"open,2\n3,"4"\n', [["3", "4"]]),
        (b'"open,2\n3,4\n"5","6" \n', [["3", "4"]]),
        (b'4" pipe,2\n', [['4" pipe', "2"]]),
        (b"\xff,2\n", []),
    ],
    ids=["behind a quote", "a quote that another one closes", "twice", "a quote within a cell", "no UTF-8"],
)
def test_a_stray_quote_costs_its_own_line_only(bad: bytes, kept: list[list[str]]) -> None:
    found, _, wrong = read_all([b'"0","1"\n' + bad + b"8,9\n"], 100)
    assert found == [["0", "1"], *kept, ["8", "9"]]
    assert len(wrong) == bad.count(b"\n") - len(kept)


def test_a_quote_that_is_never_closed_costs_its_line_as_soon_as_that_is_certain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records_module, "MAXIMUM_EVENT_BYTES", 40)
    start = b'1,2\n"open,3\n'
    records, position = read(start + b"4,5\n")
    assert cells(records.text) == [["1", "2"]]
    assert position.offset == 4
    found, offsets, wrong = read_all([start, *([b"4,5\n"] * 12)], 100)
    assert found == [["1", "2"], *([["4", "5"]] * 12)]
    assert offsets == [0, *range(len(start), len(start) + 48, 4)]
    assert wrong == ["4: malformed"]


@pytest.mark.parametrize("end", [b"\n", b'\n"q","r"\n'])
def test_a_line_that_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    monkeypatch.setattr(records_module, "MAXIMUM_EVENT_BYTES", 40)
    large = b"x" * 60
    for pieces in ([b"1,2\n", large, end, b"3,4\n"], [b"1,2\n" + large + end + b"3,4\n"]):
        found, _, wrong = read_all(pieces, 100)
        assert found == [["1", "2"], *([["q", "r"]] if b"q" in end else []), ["3", "4"]]
        assert wrong == ["4: too_large"]


def test_no_more_rows_come_than_are_asked_for() -> None:
    records, position = read(b"1,2\n3,4\n5,6\n", rows=2)
    assert (records.rows, records.exhausted, position.offset) == (2, False, 8)
