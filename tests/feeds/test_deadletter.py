"""The dead-letter file."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ml_exporter.feeds import DeadLetter, Rejection

REJECTION = Rejection("bad_value", "score 2 is out of range", "a.jsonl:7", '{"score": 2}')


def letters(path: Path) -> list[dict[str, object]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_rejection_is_a_line_with_everything_that_is_known_of_it(tmp_path: Path) -> None:
    path = tmp_path / "dead-letter" / "f.jsonl"
    DeadLetter(path).append("f", [REJECTION, REJECTION], 5.0)
    expected = {
        "time": 5.0,
        "feed": "f",
        "reason": "bad_value",
        "detail": "score 2 is out of range",
        "place": "a.jsonl:7",
        "event": '{"score": 2}',
    }
    assert letters(path) == [expected, expected]


def test_without_rejections_there_is_no_file(tmp_path: Path) -> None:
    DeadLetter(tmp_path / "f.jsonl").append("f", [], 5.0)
    assert list(tmp_path.iterdir()) == []


def test_a_full_file_is_kept_once_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    letter = DeadLetter(path, maximum_bytes=300)
    for time in range(7):
        letter.append("f", [REJECTION], float(time))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["f.jsonl", "f.jsonl.1"]
    assert [entry["time"] for entry in letters(tmp_path / "f.jsonl.1")] == [4.0, 5.0]
    assert [entry["time"] for entry in letters(path)] == [6.0]


def test_a_file_that_cannot_be_written_is_told_once_a_minute_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").mkdir()
    letter = DeadLetter(tmp_path / "f.jsonl")
    with capture_logs() as logs:
        for time in (0.0, 1.0, 59.0, 61.0):
            letter.append("f", [REJECTION], time)
    assert [entry["event"] for entry in logs] == ["dead letters cannot be written"] * 2


@pytest.mark.parametrize("text", ["\ud800"])
def test_a_text_that_no_file_can_hold_stops_nothing(tmp_path: Path, text: str) -> None:
    with capture_logs() as logs:
        DeadLetter(tmp_path / "f.jsonl").append("f", [Rejection("malformed", "x", "p", text)], 0.0)
    assert len(logs) == 1
