"""Signals that end the process: heard in a thread of its own."""

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType


def call_on_termination(stop: Callable[[], None]) -> None:
    """Call ``stop`` on SIGTERM and SIGINT. To be called by the main thread, and early.

    Python runs a signal's handler in the main thread between any two of its steps, also while it holds the very lock
    that ``stop`` needs. So the handler does nothing; a thread that reads what arrives calls ``stop``.
    """
    receiving, sending = socket.socketpair()
    sending.setblocking(False)
    signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _heard)

    def wait() -> None:
        with receiving, sending:
            while receiving.recv(1):
                stop()

    threading.Thread(target=wait, name="signals", daemon=True).start()


def _heard(_signal: int, _frame: FrameType | None) -> None:
    """Let the interpreter pass the signal on to the socket."""
