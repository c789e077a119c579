"""Waking the thread that sends: nothing that was said is missed, and saying it never waits."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from ml_exporter.client.signals import Signals
from tests.client.far_end import FarEnd

ROOT = Path(__file__).parents[2]


def test_a_hurry_ends_the_wait_at_once() -> None:
    signals = Signals()
    signals.hurry()
    began = time.monotonic()
    signals.wait(3600.0, 3600.0)
    signals.wake()
    signals.hurry()
    signals.wait(3600.0, 3600.0)
    assert time.monotonic() - began < 30


def test_what_is_said_again_and_again_takes_no_room() -> None:
    signals = Signals()
    for _ in range(1000):
        signals.wake()
        signals.hurry()
    assert signals._queue.qsize() == 2
    signals.wait(None, 3600.0)
    assert signals._queue.empty()


def test_nothing_said_while_it_is_awake_is_missed() -> None:
    """As if a thread recorded at the worst of moments: an event is put first, then said, while the other one looks."""
    signals, put, seen = Signals(), [0], [0]
    done = threading.Event()

    def look() -> None:
        while seen[0] < 20_000:
            signals.wait(30.0, 0.0)
            seen[0] = put[0]
        done.set()

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(20_000):
        put[0] += 1
        signals.wake()
    assert done.wait(25.0), "the last one was seen without a further word"
    thread.join()


def test_a_signal_handler_that_records_never_waits_for_what_it_interrupts(end: FarEnd) -> None:
    program = """
import signal, sys
from ml_exporter.client import Limits, Recorder
recorder = Recorder(sys.argv[1], model_name="churn", limits=Limits(flush_every=0.0001, batch_events=100))
handled = 0

def handle(*_):
    global handled
    handled += 1
    recorder.prediction(f"handler-{handled}", score=0.5)
    recorder.prediction(score=object())

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
number = 0
while handled < 500:
    number += 1
    recorder.prediction(f"main-{number}", score=0.5)
signal.setitimer(signal.ITIMER_REAL, 0)
recorder.close(30)
said = recorder.statistics
print(number, handled, said.recorded, said.accepted, said.duplicate, said.dropped)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, end.url], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert ended.returncode == 0, ended.stderr
    number, handled, recorded, accepted, duplicate, dropped = map(int, ended.stdout.split())
    assert recorded == number + handled
    assert accepted + dropped <= recorded, "a count that is interrupted may miss one that was dropped"
    assert accepted <= len(end.predictions) <= accepted + duplicate, "an answer that is lost has its events sent again"
