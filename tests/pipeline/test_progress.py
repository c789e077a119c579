"""A backlog's progress in the log: how far, how fast, how long still, and never more than a line now and then."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from ml_exporter.feeds import Batch
from ml_exporter.pipeline.progress import PERIOD, WORTH_TELLING, Progress
from tests.feeds.builders import NOW, append, decode, line, prediction
from tests.feeds.builders import Source as FileSource

MEGABYTE = 1_000_000


def batch(feed: str = "predictions", *, behind: bool = True, left: int | None = None, read: int | None = None) -> Batch:
    """Return a batch of four events, the newest of them at ``NOW`` less a minute."""
    decoded = decode([prediction(str(number)) for number in range(4)])
    return Batch(feed, decoded.events, (), b"", behind=behind, newest=decoded.newest, bytes_read=read, bytes_left=left)


def told(batches: Iterable[tuple[float, Batch]]) -> list[dict[str, Any]]:
    """Return what the log says while batches are taken in, each so many seconds after ``NOW``."""
    progress = Progress()
    with capture_logs() as logs:
        for seconds, one in batches:
            progress.note(one, NOW + seconds)
    return [{name: value for name, value in entry.items() if name != "log_level"} for entry in logs]


def test_a_backlog_is_told_with_its_rate_its_share_and_the_time_left() -> None:
    batches = [(float(second), batch(read=MEGABYTE, left=(60 - second) * MEGABYTE)) for second in range(21)]
    assert told(batches) == [
        {
            "event": "catching up",
            "feed": "predictions",
            "events": 40,
            "seconds": 10,
            "events_per_second": 4,
            "share_done": 0.167,
            "seconds_left": 50,
            "newest_event": "2023-11-14T22:12:20+00:00",
        }
    ]


def test_its_end_is_told_where_it_was_told_itself() -> None:
    batches = [(0.0, batch()), (WORTH_TELLING, batch()), (20.0, batch(behind=False)), (30.0, batch(behind=False))]
    first, last = told(batches)
    assert first["event"] == "catching up"
    assert last == {"event": "caught up", "feed": "predictions", "events": 8, "seconds": 20, "events_per_second": 0}


def test_what_is_worked_off_soon_is_not_told() -> None:
    batches = [(second / 10, batch(behind=second % 50 != 49)) for second in range(1000)]
    assert told(batches) == []


def test_however_many_batches_there_are_each_feed_has_a_line_in_a_period() -> None:
    both = [batch("predictions"), batch("labels")]
    hour = [(second / 4, one) for second in range(4 * 3600) for one in both]
    lines = told(hour)
    for feed in ("predictions", "labels"):
        assert 3600 / PERIOD - 2 <= sum(entry["feed"] == feed for entry in lines) <= 3600 / PERIOD


def test_a_source_that_does_not_know_how_much_is_left_tells_no_share() -> None:
    (only,) = told([(0.0, batch()), (WORTH_TELLING, batch())])
    assert set(only) == {"event", "feed", "events", "seconds", "events_per_second", "newest_event"}


def test_a_clock_that_is_set_back_does_not_silence_it() -> None:
    lines = told([(0.0, batch()), (WORTH_TELLING, batch()), (-3600.0, batch()), (-3599.0, batch())])
    assert len(lines) == 2


def test_a_feed_of_files_knows_how_much_it_has_read_and_how_much_is_left(tmp_path: Path) -> None:
    content = b"".join(line(prediction(f"{number:05}")) for number in range(25_000))
    append(tmp_path / "a.jsonl", content)
    append(tmp_path / "b.jsonl", content + b'{"half a li')
    source = FileSource(tmp_path)
    read, left = 0, []
    while one := source.step():
        assert one.bytes_read is not None
        read += one.bytes_read
        left.append((one.bytes_left, one.behind))
        assert one.bytes_left == 2 * len(content) + len(b'{"half a li') - read
    assert read == 2 * len(content)
    assert left[-1] == (len(b'{"half a li'), False)
    assert len(left) > 2
