"""Alerts: each module of this package makes some, with the cases that they must and must not fire in."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ml_exporter.config import Monitoring


@dataclass(frozen=True)
class ExpectedAlert:
    """An alert as promtool shall find it."""

    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True)
class Case:
    """A promtool test of one alert."""

    name: str
    """What it shows, as a sentence."""

    series: dict[str, str]
    """Input series to values, in promtool's notation."""

    at: str
    """When the alert is looked at."""

    expected: tuple[ExpectedAlert, ...]
    """Empty: it must not fire."""


@dataclass(frozen=True)
class Alert:
    """One alerting rule."""

    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]
    for_: str | None = None
    keep_firing_for: str | None = None
    cases: tuple[Case, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class AlertGroup:
    """A topic: one rule file, one group."""

    topic: str
    """Name of the file and of the group."""

    about: str
    """What the file is, for its first line."""

    meaning: dict[str, str]
    """Name of each alert to what it says, for the documentation."""

    alerts: Callable[[Monitoring], Sequence[Alert]]


def alert_groups() -> tuple[AlertGroup, ...]:
    """Collect the groups that the modules of this package define as ``GROUP``, by topic."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    groups = [module.GROUP for module in modules if hasattr(module, "GROUP")]
    return tuple(sorted(groups, key=lambda group: group.topic))


_LOOKBACK = 300
"""Seconds after which Prometheus forgets a sample that is not followed by another."""


def within_outage(monitoring: Monitoring, since: int) -> str:
    """Return a time at which samples that ended at ``since`` are forgotten and keep_firing_for still lasts.

    Args:
        monitoring: the configuration.
        since: seconds since the beginning of the test, a multiple of its evaluation interval.
    """
    kept = int(monitoring.alerting.timing.keep_firing_for.seconds)
    return f"{since + _LOOKBACK + kept // 2}s"
