"""Time as a parameter: whatever needs to know the time is given a clock."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the time in seconds since the epoch."""

    def now(self) -> float:
        """Return the current time in seconds since the epoch."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> float:
        """Return the machine's time in seconds since the epoch."""
        return time.time()


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests and for replays."""

    at: float = 0.0

    def now(self) -> float:
        """Return the time that was set, in seconds since the epoch."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``."""
        self.at += seconds
