"""Signals are heard whatever the main thread is doing."""

import subprocess
import sys

HOLDING_THE_LOCK = """
import os, signal, threading, time
from ml_exporter.pipeline.signals import call_on_signals

asked = threading.Event()
call_on_signals({signal.SIGTERM: asked.set})
with asked._cond:  # what setting the event needs, too
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(1000):
        pass
assert asked.wait(timeout=20)
print("heard")
"""


def test_a_signal_that_comes_while_the_main_thread_holds_the_lock_it_needs_is_heard() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOLDING_THE_LOCK], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n", "")
