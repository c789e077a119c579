"""Detectors over the points of a stored series: those that page together, as the exporter runs them, and each alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml_exporter.detectors import latch, pace
from ml_exporter.detectors.baseline import LearntBaseline
from ml_exporter.detectors.degradation.fleet import Fleet, after_silence, combined, consume
from ml_exporter.detectors.degradation.knowledge import NATIVE, Knowledge
from ml_exporter.detectors.degradation.streams import Stream
from ml_exporter.detectors.interface import CHANGE_TIME, Bucket, Detector, Settings

TOGETHER = "together"
"""The detectors that page, taken together: what ``ml_degraded`` follows."""

_NO_TIME = float("nan")


@dataclass(frozen=True)
class Alarm:
    """A time in which a metric counted as degraded."""

    detector: str
    """Its name, or ``together`` for those that page."""

    since: float
    until: float
    """When it had recovered, seconds since the epoch; NaN: not within the series."""

    changed_at: float
    """When the level changed, as the detector ``change_point`` says; NaN: it does not."""

    log10_evidence: float
    log10_threshold: float


class Run:
    """Some detectors over one series, with a latch of their own: a fleet of one stream."""

    def __init__(self, name: str, detectors: Sequence[Detector], also_page: Sequence[str]) -> None:
        """Prepare a run.

        Args:
            name: of the run, for its alarms.
            detectors: those that run.
            also_page: those of them that raise an alarm though it is not their role.
        """
        self.name = name
        self.evidence: list[float] = []
        """log10 of the evidence after each point, NaN where they cannot judge."""
        self.alarms: list[Alarm] = []
        self.threshold = float("nan")
        self._detectors = tuple(detectors)
        self._also_page = tuple(also_page)
        self._fleet: Fleet | None = None

    def show(self, bucket: Bucket, known: LearntBaseline, settings: Settings, timezone: str) -> None:
        """Let them see a point. Buckets that are missing between two points held nothing.

        Args:
            bucket: the point.
            known: the series' baseline.
            settings: of the detectors.
            timezone: of the baseline's rhythm.
        """
        before = after_silence(self._fleet or _fleet(bucket, known, self._detectors), bucket.start)
        judged = consume(before, bucket, self._detectors, settings, timezone, self._also_page, None)
        self._fleet = judged.fleet
        strength, self.threshold = self._said(judged.fleet)
        self.evidence.append(strength)
        if judged.raised[0]:
            self.alarms.append(Alarm(self.name, bucket.end, _NO_TIME, self.changed_at, strength, self.threshold))
        if judged.recovered[0]:
            self.alarms[-1] = replace(self.alarms[-1], until=bucket.end)

    @property
    def changed_at(self) -> float:
        """Return when the level changed, as ``change_point`` says, if it is among them; NaN: it does not."""
        said = self._fleet.evidence.get("change_point") if self._fleet is not None else None
        return float(said.extras[CHANGE_TIME][0]) if said is not None else _NO_TIME

    def _said(self, fleet: Fleet) -> tuple[float, float]:
        """Return log10 of evidence and threshold: of the one detector, or of those that page together."""
        alone = len(self._detectors) == 1
        said = fleet.evidence[self._detectors[0].name] if alone else combined(self._detectors, fleet.evidence, 1)
        return float(said.log10_evidence[0]), float(said.log10_threshold[0])


def runs_of(detectors: Sequence[Detector]) -> tuple[Run, ...]:
    """Return a run for each detector alone, and one in which they are together as in the exporter, which comes first.

    Args:
        detectors: those that are meant for what the series is made of.
    """
    watching = [one for one in detectors if one.role != "compares"]
    return (Run(TOGETHER, watching, ()), *(Run(one.name, [one], [one.name]) for one in detectors))


def _fleet(first: Bucket, known: LearntBaseline, detectors: Sequence[Detector]) -> Fleet:
    """Return a fleet of one stream that has seen nothing before its first bucket."""
    unknown, zero = np.full(1, np.nan), np.zeros(1)
    return Fleet(
        width=first.width,
        counts=not np.isnan(first.bad[0]),
        streams=(Stream("", "", ""),),
        knowledge=Knowledge(
            learnt=known,
            native=dict.fromkeys(NATIVE, unknown),
            cuts=unknown,
            learnt_at=unknown,
            since=unknown,
            until=unknown,
            frozen=np.ones(1),
            inherited=zero,
        ),
        detectors={one.name: one.start(1) for one in detectors},
        latched=latch.start(1),
        paces=pace.start(1),
        fresh=zero,
        judged_until=first.start,
        degraded=((),),
        evidence={},
    )
