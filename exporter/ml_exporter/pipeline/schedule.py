"""When to tick: every period, whatever the clock does and however long a tick takes."""

from math import inf


class TickSchedule:
    """Says when the next tick is due. Times in seconds since the epoch, as the clock tells them."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._begun = inf
        self._next = -inf

    def due(self, now: float) -> bool:
        """Tell whether it is time to tick: for the first time, after a period, or because the clock was set back."""
        return now >= self._next or now < self._begun

    def set_back(self, now: float) -> float:
        """Return by how many seconds the clock was set back since the last tick at least; 0: it was not."""
        return max(0.0, self._begun - now) if self._begun < inf else 0.0

    def ticked(self, begun: float, ended: float) -> None:
        """Note a tick. One that takes longer than half its period leaves as much time as it took for other work."""
        self._begun = begun
        self._next = max(begun + self._period, 2 * ended - begun)

    def remaining(self, now: float) -> float:
        """Return the seconds until the next tick, 0 where it is due."""
        return 0.0 if self.due(now) else self._next - now
