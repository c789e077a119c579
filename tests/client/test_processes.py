"""The life of a process: threads, the end, forks, and being killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_exporter.client import Limits, Recorder
from tests.client.far_end import FarEnd, Said, all_sent, far_end
from tests.stack.waiting import eventually

Record = Callable[..., Recorder]
ROOT = Path(__file__).parents[2]


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)


def test_no_thread_begins_before_the_first_event(record: Record) -> None:
    recorder = record()
    assert "ml-exporter-recorder" not in {thread.name for thread in threading.enumerate()}
    recorder.prediction(score=0.5)
    assert "ml-exporter-recorder" in {thread.name for thread in threading.enumerate()}


def test_a_batch_that_is_full_is_sent_at_once(record: Record, end: FarEnd) -> None:
    recorder = record(limits=Limits(flush_every=3600.0, batch_events=10))
    for _ in range(25):
        recorder.prediction(score=0.5)
    eventually(lambda: len(end.predictions) >= 20, "what makes a batch is sent")


def test_recording_never_waits_for_an_exporter_that_does_not_answer(record: Record, end: FarEnd) -> None:
    held = threading.Event()

    def hold(_request: object) -> None:
        held.wait(30)

    end.judge = hold
    recorder = record(limits=Limits(flush_every=0.01, memory_events=50))
    try:
        recorder.prediction(score=0.5)
        eventually(lambda: recorder.statistics.pending == 0, "a request is under way")
        for _ in range(200):
            recorder.prediction(score=0.5)
        assert recorder.statistics.pending == 50
        assert recorder.statistics.dropped == 150
        assert not recorder.flush(0.05)
    finally:
        held.set()
    all_sent(recorder)
    assert len(end.predictions) == 51


def test_the_end_of_the_process_sends_what_waits(end: FarEnd) -> None:
    program = """
import sys
from ml_exporter.client import Limits, Recorder
recorder = Recorder(sys.argv[1], model_name="churn", limits=Limits(flush_every=3600))
for number in range(100):
    recorder.prediction(str(number), score=0.5)
"""
    ended = _run(program, end.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(end.predictions) == 100


def test_the_end_of_the_process_spools_what_cannot_be_sent_and_the_next_one_sends_it(
    tmp_path: Path, record: Record, end: FarEnd
) -> None:
    program = """
import sys
from ml_exporter.client import Recorder
recorder = Recorder("http://127.0.0.1:1", model_name="churn", spool=sys.argv[1])
for number in range(100):
    recorder.prediction(str(number), score=0.5)
"""
    ended = _run(program, str(tmp_path))
    assert ended.returncode == 0
    assert "the exporter cannot be reached: ConnectionRefusedError" in ended.stderr
    assert len(list(tmp_path.glob("*/*.jsonl"))) == 1
    recorder = record(spool=tmp_path)
    recorder.prediction("new", score=0.5)
    all_sent(recorder)
    assert set(end.taken["predictions"]) == {"new", *(str(number) for number in range(100))}
    assert recorder.statistics.adopted == 100
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_the_end_says_what_is_lost_where_there_is_no_spool() -> None:
    program = """
from ml_exporter.client import Recorder
recorder = Recorder("http://127.0.0.1:1", model_name="churn")
recorder.prediction(score=0.5)
recorder.close()
recorder.prediction(score=0.5)
recorder.close()
print(recorder.statistics.dropped)
"""
    ended = _run(program)
    assert ended.stdout == "2\n"
    assert "1 events are lost: the exporter is away, and there is no room on disk" in ended.stderr


def test_closing_does_not_wait_longer_than_it_says_for_an_exporter_that_hangs(tmp_path: Path) -> None:
    with far_end() as hanging:
        held = threading.Event()
        hanging.judge = lambda _request: held.wait(30) and None
        limits = Limits(flush_every=0.01)
        recorder = Recorder(hanging.url, model_name="churn", spool=tmp_path, limits=limits, timeout=30)
        recorder.prediction("p-1", score=0.5)
        eventually(lambda: hanging.requests, "a request is under way")
        began = time.monotonic()
        recorder.close(timeout=0.1)
        assert time.monotonic() - began < 15
        held.set()
        (segment,) = tmp_path.glob("*/*.jsonl")
        assert json.loads(segment.read_bytes())["prediction_id"] == "p-1"


def test_a_process_that_is_killed_leaves_what_was_spooled(tmp_path: Path, record: Record, end: FarEnd) -> None:
    program = """
import sys
from ml_exporter.client import Limits, Recorder
recorder = Recorder("http://127.0.0.1:1", model_name="churn", spool=sys.argv[1], limits=Limits(flush_every=0.01))
for number in range(100):
    recorder.prediction(str(number), score=0.5)
while recorder.statistics.spooled < 100:
    pass
print("spooled", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"spooled\n"
        process.send_signal(signal.SIGKILL)
    recorder = record(spool=tmp_path)
    recorder.label("x", 1)
    all_sent(recorder)
    assert len(end.predictions) == 100


_PREFORK = """
import os, sys
from ml_exporter.client import Limits, Recorder

url, spool, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
recorder = Recorder(url, model_name="churn", spool=spool, limits=Limits(flush_every=0.005))

def record(who, count):
    made = [recorder.prediction(score=0.5, segment={"who": who}) for _ in range(count)]
    for identifier in made:
        recorder.label(identifier, 1)

record("master", 500)  # its thread is at work while it forks
children = []
for number in range(workers):
    child = os.fork()
    if child == 0:
        assert recorder.statistics.recorded == 0
        record(f"worker-{number}", 300)
        sys.exit(0)
    children.append(child)
    record("master", 50)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize("away", [False, True])
def test_forked_workers_record_for_themselves_and_nothing_is_lost_or_comes_twice(
    end: FarEnd, tmp_path: Path, *, away: bool
) -> None:
    if away:
        end.judge = lambda _request: Said(503) if len(end.requests) % 3 else None
    ended = _run(_PREFORK, end.url, str(tmp_path), "4")
    assert ended.returncode == 0, ended.stderr
    assert "fail" not in ended.stderr
    if away:
        end.judge = lambda _request: None
        with Recorder(end.url, model_name="churn", spool=tmp_path) as heir:
            heir.label("x", 1)
            all_sent(heir)
    counts: dict[str, int] = {}
    for event in end.predictions:
        who = event["segment"]["who"]
        counts[who] = counts.get(who, 0) + 1
    assert counts == {"master": 700, **{f"worker-{number}": 300 for number in range(4)}}
    assert set(end.taken["predictions"]) <= set(end.taken["labels"])
    assert list(tmp_path.iterdir()) == []


def test_children_of_multiprocessing_send_what_waits_though_they_never_come_to_atexit(end: FarEnd) -> None:
    program = """
import multiprocessing, sys
from ml_exporter.client import Limits, Recorder
recorder = Recorder(sys.argv[1], model_name="churn", limits=Limits(flush_every=3600))

def work(number):
    recorder.prediction(str(number), score=0.5)

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=work, args=(number,)) for number in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
"""
    ended = _run(program, end.url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert set(end.taken["predictions"]) == {"0", "1", "2"}


def test_a_fork_while_every_lock_is_taken_does_not_hold_the_child_up(record: Record, end: FarEnd) -> None:
    recorder = record()
    recorder.prediction("parent", score=0.5)
    all_sent(recorder)
    machinery = recorder._channel._machinery
    assert machinery is not None
    with machinery.buffer._lock, machinery.worker._turned, recorder._channel.told._lock:
        child = os.fork()
        if child == 0:
            recorder.prediction("child", score=0.5)
            recorder.prediction()
            os._exit(0 if recorder.flush(20.0) and recorder.statistics.invalid == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    recorder.prediction("parent-2", score=0.5)
    all_sent(recorder)
    assert set(end.taken["predictions"]) == {"parent", "child", "parent-2"}
