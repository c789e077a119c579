"""The course of a promtool case: calm, then trouble, then an outage or calm again. Follows the alerts' timing."""

from dataclasses import dataclass
from math import ceil, floor

from ml_exporter.bundle.promql import number
from ml_exporter.config import Monitoring

_COARSEST_STEP = 60
_CALM = 10
"""Steps before the trouble begins, at the least."""

_MARGIN = 5
"""Steps of trouble beyond those that the alert needs to fire."""

GONE = "stale"
"""The value of a series that is not there any more."""


@dataclass(frozen=True)
class Course:
    """Times in seconds since the beginning of the case; values in promtool's notation, one a step."""

    step: int
    """Seconds from sample to sample and from evaluation to evaluation."""

    patience: int
    """Steps for which trouble must last before its alert fires."""

    kept: int
    """Steps for which the alert goes on without a sample; rounded down."""

    calm: int = _CALM
    """Steps before the trouble begins."""

    @property
    def trouble(self) -> int:
        """Return when the trouble begins."""
        return self.calm * self.step

    @property
    def pending(self) -> int:
        """Return the last time at which the trouble is too short for the alert to fire."""
        return self.trouble + (self.patience - 1) * self.step

    @property
    def firing(self) -> int:
        """Return the first time at which it fires."""
        return self.trouble + self.patience * self.step

    @property
    def outage(self) -> int:
        """Return when samples go missing, or calm returns."""
        return self.firing + _MARGIN * self.step

    @property
    def in_outage(self) -> int:
        """Return a time in an outage: half of what the alert is kept for is over."""
        return self.outage + self.kept // 2 * self.step

    @property
    def over(self) -> int:
        """Return a time at which nothing keeps the alert any more."""
        return self.outage + (self.kept + _MARGIN) * self.step

    def throughout(self, value: float | str) -> str:
        """Return the same value all the time."""
        return _times(value, self.over // self.step + 1)

    def changed(self, calm: float | str, troubled: float | str) -> str:
        """Return one value while it is calm, another one from the trouble on."""
        return f"{_times(calm, self.calm)} {_times(troubled, (self.over - self.trouble) // self.step + 1)}"

    def missing_after(self, calm: float | str, troubled: float | str) -> str:
        """Return the same, and nothing any more from the outage on."""
        return f"{_times(calm, self.calm)} {_times(troubled, (self.outage - self.trouble) // self.step)} stale"

    def calm_again(self, calm: float | str, troubled: float | str) -> str:
        """Return one value while it is calm, another one while there is trouble, and the first one again."""
        afterwards = (self.over - self.outage) // self.step + 1
        return f"{self.missing_after(calm, troubled).removesuffix('stale')}{_times(calm, afterwards)}"


def course(monitoring: Monitoring, *, kept: float | None = None, history: float = 0.0) -> Course:
    """Return the course of cases for alerts that have the configured ``for``.

    Args:
        monitoring: the configuration.
        kept: seconds that the alert is kept without a sample; the configured ``keep_firing_for`` by default.
        history: seconds of calm that the alert has to know before it believes in trouble.
    """
    timing = monitoring.alerting.timing
    patience, kept = timing.for_.seconds, timing.keep_firing_for.seconds if kept is None else kept
    step = max(1, min(_COARSEST_STEP, floor(min(patience, timing.keep_firing_for.seconds) / 4)))
    return Course(step, ceil(patience / step), floor(kept / step), max(_CALM, ceil(history / step) + 1))


def _times(value: float | str, count: int) -> str:
    if value == GONE:
        return f"{GONE} _x{count - 1}"
    shown = value if isinstance(value, str) else number(value)
    return f"{shown}x{count - 1}"
