"""Signals: heard in a thread of its own."""

import signal
import socket
import threading
from collections.abc import Callable, Mapping
from types import FrameType


def call_on_signals(calls: Mapping[signal.Signals, Callable[[], None]]) -> None:
    """Call what belongs to each signal. To be called by the main thread, and early.

    Python runs a signal's handler in the main thread between any two of its steps, also while it holds the very lock
    that a call needs. So the handler does nothing; a thread that reads what arrives makes the calls.
    """
    receiving, sending = socket.socketpair()
    sending.setblocking(False)
    signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    for number in calls:
        signal.signal(number, _heard)

    def wait() -> None:
        with receiving, sending:
            while arrived := receiving.recv(1):
                calls[signal.Signals(arrived[0])]()

    threading.Thread(target=wait, name="signals", daemon=True).start()


def _heard(_signal: int, _frame: FrameType | None) -> None:
    """Let the interpreter pass the signal on to the socket."""
