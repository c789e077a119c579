"""The spool: what waits on disk, whose it is, and what a crash leaves of it."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ml_exporter.client.settings import Limits
from ml_exporter.client.spool import Spool
from tests.client.delivering import Deliver, line, lines
from tests.client.far_end import FarEnd, Said


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.jsonl"))


def _all(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while (oldest := spool.oldest()) is not None:
        found += oldest.lines
        spool.delivered([])
    return found


def test_what_goes_in_comes_out_oldest_first_and_leaves_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Limits(segment_bytes=100))
    for number in range(0, 50, 2):
        spool.append(lines(number, number + 1))
    assert spool.events == 50
    assert spool.size == sum(path.stat().st_size for path in _files(tmp_path))
    assert _all(spool) == [line(number) for number in range(50)]
    assert (spool.events, spool.size, _files(tmp_path)) == (0, 0, [])
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_segments_are_lines_of_json_that_the_feed_of_files_could_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Limits())
    spool.append(lines(1, 2))
    spool.append(lines(3, kind="labels"))
    predictions, labels = _files(tmp_path)
    assert predictions.name.endswith("-predictions.jsonl")
    assert predictions.read_bytes() == line(1) + b"\n" + line(2) + b"\n"
    assert labels.name.endswith("-labels.jsonl")
    assert predictions.stat().st_mode & 0o077 == 0, "events are nobody else's business"


def test_what_was_not_delivered_of_a_segment_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Limits())
    spool.append(lines(1, 2, 3))
    assert spool.oldest() is not None
    spool.delivered([line(3)])
    assert spool.events == 1
    oldest = spool.oldest()
    assert oldest is not None
    assert list(oldest.lines) == [line(3)]


def test_disk_is_bounded_and_the_oldest_segment_makes_room(tmp_path: Path) -> None:
    limits = Limits(segment_bytes=200, spool_bytes=1000)
    spool = Spool(tmp_path, limits)
    for number in range(500):
        spool.append(lines(number))
        assert sum(path.stat().st_size for path in _files(tmp_path)) <= 1000
    left = _all(spool)
    assert left == [line(number) for number in range(500 - len(left), 500)]
    assert spool.dropped == 500 - len(left)


def test_the_next_process_adopts_what_one_has_left_but_not_what_another_still_writes(tmp_path: Path) -> None:
    dead, alive, heir = (Spool(tmp_path, Limits()) for _ in range(3))
    dead.append(lines(1, 2))
    dead.append(lines(3, kind="labels"))
    alive.append(lines(4))
    dead.close()
    assert heir.adopt() == 3
    assert heir.adopt() == 0
    assert _all(heir) == [line(1), line(2), line(3)]
    heir.close()
    alive.append(lines(5))
    assert _all(alive) == [line(4), line(5)]
    alive.close()
    assert list(tmp_path.iterdir()) == []


_WRITER = """
import os, sys
from pathlib import Path
from ml_exporter.client.buffer import Lines
from ml_exporter.client.settings import Limits
from ml_exporter.client.spool import Spool

spool = Spool(Path(sys.argv[1]), Limits())
spool.append(Lines("predictions", [b'{"prediction_id": "1"}', b'{"prediction_id": "2"}']))
os.write(spool._open["predictions"]._descriptor, b'{"prediction_id": "ha')
print("written", flush=True)
sys.stdin.read()
"""


def test_a_process_that_is_killed_amid_a_line_leaves_the_whole_ones(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        heir = Spool(tmp_path, Limits())
        assert heir.adopt() == 0, "it lives"
        writer.send_signal(signal.SIGKILL)
    assert heir.adopt() == 2
    assert _all(heir) == [line(1), line(2)]
    heir.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_whole_batches_only_and_the_rest_in_memory(
    deliver: Deliver, end: FarEnd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    end.judge = lambda _request: Said(503)
    parts = deliver(end.url, tmp_path, Limits(batch_events=100))
    parts.record(100)
    parts.delivery.turn()
    assert parts.delivery.spooled == 100
    (file,) = _files(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 50, hard))
    try:
        parts.record(100)
        parts.delivery.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert "events cannot be spooled, they wait in memory" in caplog.text
    assert (parts.delivery.spooled, parts.buffer.events) == (100, 100)
    assert file.read_bytes().count(b"\n") == 100
    assert file.read_bytes().endswith(b"}\n")
    end.judge = lambda _request: None
    parts.clock.advance(60.0)
    parts.turns()
    assert len(end.predictions) == 200
    assert parts.delivery.duplicate == 0
    parts.close()


def test_a_spool_that_cannot_be_made_is_told_and_events_wait_in_memory(
    deliver: Deliver, end: FarEnd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spool").write_text("a file")
    end.next.append(Said(503))
    parts = deliver(end.url, tmp_path / "spool")
    parts.record(3)
    pause = parts.delivery.turn()
    assert parts.buffer.events == 3
    assert "events cannot be spooled" in caplog.text
    parts.clock.advance(pause or 0.0)
    parts.turns()
    assert len(end.predictions) == 3


def test_a_segment_that_cannot_be_read_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Limits(segment_bytes=1))
    spool.append(lines(1))
    spool.append(lines(2))
    _files(tmp_path)[0].unlink()
    assert _all(spool) == [line(2)]
    assert spool.dropped == 1


def test_written_ahead_events_are_on_disk_before_they_are_sent(deliver: Deliver, end: FarEnd, tmp_path: Path) -> None:
    seen: list[int] = []

    def look(_request: object) -> None:
        seen.append(sum(path.read_bytes().count(b"\n") for path in _files(tmp_path)))

    end.judge = look
    parts = deliver(end.url, tmp_path, write_ahead=True)
    parts.record(3)
    parts.turns()
    assert seen == [3]
    assert len(end.predictions) == 3
    assert _files(tmp_path) == []


def test_what_came_back_from_the_spool_and_what_is_new_reach_the_exporter(
    deliver: Deliver, end: FarEnd, tmp_path: Path
) -> None:
    end.judge = lambda _request: Said(500)
    parts = deliver(end.url, tmp_path, Limits(segment_bytes=300, batch_events=10))
    for _ in range(10):
        parts.record(10)
        parts.delivery.turn()
    assert parts.delivery.spooled == 100
    assert parts.buffer.events == 0, "memory is free while the exporter is away"
    end.judge = lambda _request: None
    parts.clock.advance(60.0)
    parts.record(10)
    parts.turns()
    assert len(end.predictions) == 110
    assert parts.delivery.duplicate == 0
    assert list(tmp_path.iterdir()) != []
    parts.close()
    assert list(tmp_path.iterdir()) == []
