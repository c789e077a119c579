"""Waiting for what another process or thread does: with a deadline, and never longer than it takes."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], what: str, seconds: float = 30.0) -> Seen:
    """Look again and again until something is there; fail the test when the time is over.

    Args:
        look: returns something true once it is there.
        what: what is awaited, for the failure.
        seconds: how long to wait at most.

    Returns:
        What was seen.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        pause.wait(0.05)
    pytest.fail(f"not within {seconds:g} seconds: {what}")
