"""How often the same thing may be told: a few times in a period, then a count."""

from dataclasses import dataclass


@dataclass
class RateLimit:
    """Lets the first ``shown`` of each period pass and counts the others. Times in seconds since the epoch."""

    shown: int
    period: float = 60.0

    _since: float = float("-inf")
    _passed: int = 0
    _hidden: int = 0

    def passes(self, now: float) -> bool:
        """Tell whether one more may be told now; it is counted as hidden otherwise."""
        if not 0 <= now - self._since < self.period:  # a clock that was set back begins a period, too
            self._since, self._passed = now, 0
        if self._passed < self.shown:
            self._passed += 1
            return True
        self._hidden += 1
        return False

    def ended(self, now: float) -> int:
        """Return how many were hidden in a period that is over, once; 0 while it lasts."""
        if 0 <= now - self._since < self.period:
            return 0
        hidden, self._hidden = self._hidden, 0
        return hidden
