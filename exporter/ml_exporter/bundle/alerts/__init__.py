"""Alerts: each module of this package makes some, with the cases that they must and must not fire in."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ml_exporter.config import Monitoring


@dataclass(frozen=True)
class ExpectedAlert:
    """An alert as promtool shall find it."""

    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True)
class Case:
    """A promtool test of all alerts of one name: promtool tells them apart by nothing else."""

    alert: str
    """Their name."""

    name: str
    """What it shows, as a sentence."""

    series: Mapping[str, str]
    """Input series to values, in promtool's notation; a value each step of the course."""

    at: int
    """When the alerts are looked at, seconds since the beginning."""

    expected: Sequence[ExpectedAlert] = ()
    """Empty: none must fire."""

    outage: bool = False
    """Whether it shows that samples which go missing resolve nothing."""


@dataclass(frozen=True)
class Alert:
    """One alerting rule."""

    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]
    for_: str | None = None
    keep_firing_for: str | None = None


RestsOn = Literal["labels", "predictions"]
"""Events without which an alert tells nothing new; whoever rests on labels rests on the predictions that they judge."""


@dataclass(frozen=True)
class AlertGroup:
    """A topic: one rule file, one group."""

    topic: str
    """Name of the file and of the group."""

    about: str
    """What the file is, for its first line."""

    meaning: Mapping[str, str]
    """Name of each alert to what it says, for the documentation."""

    alerts: Callable[[Monitoring], Sequence[Alert]]
    cases: Callable[[Monitoring], Sequence[Case]]
    """All cases of the alerts that ``alerts`` returns for the same configuration."""

    told_together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of an alert to the labels whose equality makes one message of several, where these are not the usual
    ones: one cause that stands behind many models is told once."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Name of an alert to what its value is compared with by default, where the user may change that."""

    area: str = "always"
    """What it is about, as strategies choose it: ``always``, ``serving``, ``quality``, ``resources``, ..."""

    rests_on: Mapping[str, RestsOn] = field(default_factory=dict)
    """Name of an alert to what it rests on: while the feed of that stands still, it is kept quiet. Others, as those
    about volume, latency and the machine, are told whatever feeds do."""

    about_models: bool = True
    """Whether its alerts are each about a model; otherwise about a machine, or about what watches."""

    recordings: Sequence[str] = ()
    """Topics of the recording rules that its expressions use."""


def alert_groups() -> tuple[AlertGroup, ...]:
    """Collect the groups that the modules of this package define as ``GROUP``, by topic."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    groups = [module.GROUP for module in modules if hasattr(module, "GROUP")]
    return tuple(sorted(groups, key=lambda group: group.topic))
