"""The thread in the background: it gives delivery its turns, a moment after events come in, and ends it in order."""

import threading
import time

from ml_exporter.client.buffer import Buffer
from ml_exporter.client.delivery import Delivery
from ml_exporter.client.lifetime import close_with_child
from ml_exporter.client.signals import Signals
from ml_exporter.client.told import Told
from ml_exporter.client.transport import Transport

_AFTER_A_FAULT = 1.0
"""Seconds."""


class Worker:
    """Runs delivery. The thread begins with the first event, so that a process that is forked before has none."""

    def __init__(self, flush_every: float) -> None:
        """Prepare; ``serve`` says what for.

        Args:
            flush_every: seconds that events wait for others.
        """
        self._flush_every = flush_every
        self._signals = Signals()
        self._turned = threading.Condition()
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None
        self._begun = False
        self._deadline: float | None = None
        """When closing must be over; ``None``: it goes on."""

    def serve(self, delivery: Delivery, buffer: Buffer, transport: Transport, told: Told) -> None:
        """Say what it works for; before the first event."""
        self._delivery = delivery
        self._buffer = buffer
        self._transport = transport
        self._told = told

    def wake(self) -> None:
        """Have events sent soon."""
        if self._thread is None:
            self._start()
        self._signals.wake()

    def hurry(self) -> None:
        """Have events sent now."""
        if self._thread is None:
            self._start()
        self._signals.hurry()

    def flush(self, timeout: float) -> bool:
        """Wait until the exporter has everything.

        Args:
            timeout: seconds to wait at most.

        Returns:
            Whether it has.
        """
        self._delivery.at_once()
        self.hurry()
        with self._turned:
            return self._turned.wait_for(lambda: self._delivery.idle, timeout)

    def close(self, timeout: float, request_timeout: float) -> None:
        """Send what can be sent, keep the rest, and end the thread.

        Args:
            timeout: seconds for sending.
            request_timeout: further seconds for a request that does not end.
        """
        with self._starting:
            first = self._deadline is None
            if first:
                self._deadline = time.monotonic() + timeout
        self._signals.hurry()
        if self._thread is None:
            if first:
                self._end()
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._transport.interrupt()
            self._thread.join(request_timeout)

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None or self._deadline is not None or self._begun:
                return
            self._begun = True  # whoever interrupts this and records must not begin another one
            thread = threading.Thread(target=self._run, name="ml-exporter-recorder", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the interpreter ends, or the system has no thread left
                self._told.warn("thread", "events wait for the end, no thread can be started: %s", error)
                self._begun = False
                return
            self._thread = thread
        close_with_child()

    def _run(self) -> None:
        while self._deadline is None:
            self._wait(self._turn())
        self._end()

    def _turn(self) -> float | None:
        try:
            return self._delivery.turn()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread
            self._told.warn("fault", "delivery failed, it goes on: %r", error)
            return _AFTER_A_FAULT
        finally:
            with self._turned:
                self._turned.notify_all()

    def _wait(self, pause: float | None) -> None:
        if pause != 0.0:
            self._signals.wait(pause, self._flush_every)

    def _end(self) -> None:
        self._delivery.at_once()
        while not self._delivery.idle and time.monotonic() < (self._deadline or 0.0):
            self._turn()
            if self._delivery.away:
                break
        self._delivery.close()
        self._transport.close()
        if lost := self._buffer.lose_all():
            self._told.warn("lost", "%d events are lost: the exporter is away, and there is no room on disk", lost)
        with self._turned:
            self._turned.notify_all()
