"""How a thread that records wakes the one that sends."""

import queue
import time


class Signals:
    """Says that there is something to send, or that it must not wait for more. One thread waits.

    It rests on ``SimpleQueue``, whose ``put`` may interrupt itself: a signal handler that records while the thread
    that it interrupts does would wait for ever for the lock of a ``threading.Event``.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._woken = self._hurried = False
        """What was said since the last wait, so that it is said once."""

    def wake(self) -> None:
        """Say that there is something to send."""
        if not self._woken:
            self._woken = True
            self._queue.put(False)

    def hurry(self) -> None:
        """Say that it must be sent now."""
        if not self._hurried:
            self._hurried = True
            self._queue.put(True)

    def wait(self, pause: float | None, gather: float) -> None:
        """Wait until something is said, then for more, unless there is a hurry.

        Args:
            pause: seconds to wait at most until something is said; ``None``: as long as it takes.
            gather: seconds to wait for more.
        """
        hurry = self._said(pause)
        end = time.monotonic() + gather
        while hurry is False and (left := end - time.monotonic()) > 0:
            hurry = self._said(left)
        self._woken = self._hurried = False  # before what was recorded is looked at: nothing said from now on is missed
        while not self._queue.empty():
            self._said(0.0)

    def _said(self, seconds: float | None) -> bool | None:
        """Return whether there is a hurry; ``None`` where nothing was said."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None
