"""Events that wait in memory: bounded in number and in bytes, filled by any thread, emptied by one."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter.client.events import Kind
from ml_exporter.client.settings import Limits

OVERHEAD = 112
"""Bytes that Python takes for an event beside its text: the object, the pair that it stands in, its place in line."""


@dataclass(frozen=True)
class Lines:
    """Events of one kind, each a line of JSON without its newline."""

    kind: Kind
    lines: Sequence[bytes]


class Buffer:
    """A queue that never refuses: past its bounds the oldest events make room, and are counted as dropped.

    The newest are kept, since the exporter's windows end now. The lock is one that a thread may take twice: a signal
    handler that records, while the thread it interrupts does, must not wait for itself.
    """

    def __init__(self, limits: Limits, wake: Callable[[], None], hurry: Callable[[], None]) -> None:
        """Begin empty.

        Args:
            limits: the bounds.
            wake: called where an event comes into an empty buffer.
            hurry: called where enough for a batch has come together.
        """
        self.recorded = 0
        """Count of events that came in."""

        self.dropped = 0
        """Count of events that were lost for want of room."""

        self.events = 0
        self.size = 0
        self.closed = False
        self._limits = limits
        self._wake = wake
        self._hurry = hurry
        self._lock = threading.RLock()
        self._room = threading.Condition(self._lock)
        self._waiting: deque[tuple[Kind, bytes]] = deque()

    def put(self, kind: Kind, line: bytes) -> None:
        """Add an event. It waits for nothing, unless the limits say so."""
        size = len(line) + OVERHEAD
        with self._lock:
            self.recorded += 1
            if self._limits.wait_for_room and self._full(size):
                self._room.wait_for(lambda: self.closed or not self._full(size), self._limits.wait_for_room)
            if self.closed:
                self.dropped += 1
                return
            self._waiting.append((kind, line))
            self.events += 1
            self.size += size
            events, batch = self.events, self._limits.batch_bytes
            enough = events % self._limits.batch_events == 0 or self.size // batch > (self.size - size) // batch
            if events > self._limits.memory_events or self.size > self._limits.memory_bytes:
                self._make_room()
        if events == 1:
            self._wake()
        if enough:
            self._hurry()

    def _full(self, size: int) -> bool:
        return self.events >= self._limits.memory_events or self.size + size > self._limits.memory_bytes

    def _make_room(self) -> None:
        while self._waiting and (self.events > self._limits.memory_events or self.size > self._limits.memory_bytes):
            self._pop()
            self.dropped += 1

    def _pop(self) -> tuple[Kind, bytes]:
        kind, line = self._waiting.popleft()
        self.events -= 1
        self.size -= len(line) + OVERHEAD
        return kind, line

    def take(self, most_bytes: int) -> list[Lines]:
        """Take the oldest events out, enough for a batch.

        Args:
            most_bytes: so many bytes at most, but one event at least.

        Returns:
            Those of each kind that there are.
        """
        taken: dict[Kind, list[bytes]] = {}
        with self._lock:
            number = size = 0
            while self._waiting and number < self._limits.batch_events:
                size += len(self._waiting[0][1]) + 1
                if number and size > most_bytes:
                    break
                kind, line = self._pop()
                taken.setdefault(kind, []).append(line)
                number += 1
            if self._limits.wait_for_room:
                self._room.notify_all()
        return [Lines(kind, lines) for kind, lines in taken.items()]

    def give_back(self, lines: Lines) -> None:
        """Put events back where they were: the first to be sent, and the first to be dropped."""
        with self._lock:
            self._waiting.extendleft((lines.kind, line) for line in reversed(lines.lines))
            self.events += len(lines.lines)
            self.size += sum(map(len, lines.lines)) + OVERHEAD * len(lines.lines)
            self._make_room()

    def close(self) -> None:
        """Take no further events; those that still come are counted as dropped."""
        with self._lock:
            self.closed = True
            self._room.notify_all()

    def lose_all(self) -> int:
        """Drop whatever is left, and return how many events that was."""
        with self._lock:
            lost = self.events
            self._waiting.clear()
            self.events = self.size = 0
            self.dropped += lost
            return lost
