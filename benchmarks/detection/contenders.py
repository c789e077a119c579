"""What takes part: every detector behind one face, a minute of counts in, pages out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors import Baseline, Bucket, Detector, Evidence, Settings, detector, ensemble, latch, state
from ml_exporter.detectors.baseline import learn
from ml_exporter.detectors.past import Past

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
START = 1_699_833_600.0
"""A Monday, 0:00 UTC."""

OUTCOMES = 200
"""Outcomes a minute."""

ERROR_RATE = 0.08
"""Of the healthy model."""


class Running(Protocol):
    """A detector at work on several streams."""

    def step(self, minute: int, bad: Floats) -> Bools:
        """Take in the errors of a minute of all streams; return which of them page now and did not before."""
        ...


@dataclass(frozen=True)
class Contender:
    """One line of the table."""

    name: str
    what: str
    start: Callable[[int, int], Running]
    """From a number of streams and a seed."""

    streams: int = 200
    """How many streams the simulations can afford."""

    warm_up: int = 1440
    """Minutes before the change."""


def known_baseline(streams: int) -> Baseline:
    """Return the baseline that knows the truth: no tolerance, no uncertainty."""
    spread = np.sqrt(ERROR_RATE * (1 - ERROR_RATE) / OUTCOMES)
    usual = [ERROR_RATE, ERROR_RATE, ERROR_RATE, spread, 43_200, 43_200 * OUTCOMES, 1, 1, 0, 1]
    return Baseline(*(np.full(streams, float(value)) for value in usual))


def learnt_baseline(streams: int, seed: int) -> Baseline:
    """Return what is learnt from 30 days of healthy hours with the usual tolerance of 0.005."""
    random = np.random.default_rng(seed)
    hours = 30 * 24
    outcomes = np.full((hours, streams), 60.0 * OUTCOMES)
    bad = random.binomial(60 * OUTCOMES, ERROR_RATE, (hours, streams)).astype(float)
    past = Past(
        START - 30 * DAY + HOUR * np.arange(hours),
        np.full(hours, HOUR),
        outcomes,
        bad,
        np.full(bad.shape, np.nan),
        np.ones(bad.shape, dtype=bool),
    )
    each = np.ones(streams)
    return learn(past, 0 * each, each, 0.005 * each, "UTC").at(START, "UTC")


class Ours:
    """Detectors of this product: those that page are averaged and latched, of others each new alarm is a page."""

    def __init__(self, tested: tuple[Detector, ...], baseline: Baseline, *, latched: bool) -> None:
        self._tested = tested
        self._baseline = baseline
        streams = len(baseline.mean)
        self._states = [each.start(streams) for each in tested]
        self._latch = latch.start(streams) if latched else None
        self._before = np.zeros(streams, dtype=bool)
        self._settings = Settings()

    def step(self, minute: int, bad: Floats) -> Bools:
        """Take in a minute."""
        bucket = minute_of(minute, bad)
        said: list[Evidence] = []
        for place, each in enumerate(self._tested):
            self._states[place], evidence = each.update(self._states[place], self._baseline, bucket, self._settings)
            said.append(evidence)
        alarm = (ensemble.average(said) if len(said) > 1 else said[0]).alarm
        if self._latch is None:
            pages, self._before = alarm & ~self._before, alarm
            return pages
        before = self._latch["alarms"]
        self._latch, recovered = latch.update(self._latch, alarm, self._baseline, bucket, self._settings)
        self._states = [
            state.restart(own, recovered, each.start) for own, each in zip(self._states, self._tested, strict=True)
        ]
        return np.asarray(self._latch["alarms"] > before)


def minute_of(minute: int, bad: Floats, outcomes: float = OUTCOMES) -> Bucket:
    """Return the bucket of a minute of counts."""
    held = np.full(len(bad), float(outcomes))
    return Bucket(START + MINUTE * minute, MINUTE, held, bad, np.full(len(bad), np.nan))


def ours() -> list[Contender]:
    """Return the detectors of this product."""

    def knowing(*names: str, latched: bool) -> Callable[[int, int], Running]:
        return lambda streams, _: Ours(tuple(map(detector, names)), known_baseline(streams), latched=latched)

    def shipped(streams: int, seed: int) -> Running:
        return Ours((detector("sequential"),), learnt_baseline(streams, seed), latched=True)

    return [
        Contender("`sequential`", "e0 known exactly", knowing("sequential", latched=True)),
        Contender("`sequential`, as shipped", "e0 learnt from 30 days, tolerance 0.005", shipped),
        Contender("`betting`", "on the accuracy of each minute", knowing("betting", latched=True)),
        Contender("average of both", "the ensemble", knowing("sequential", "betting", latched=True)),
        Contender("`change_point`", "describes", knowing("change_point", latched=False)),
        Contender("`trend`", "describes", knowing("trend", latched=False)),
        Contender("`z_score`", "for comparison", knowing("z_score", latched=False)),
        Contender("`t_test`", "for comparison", knowing("t_test", latched=False)),
        Contender("`linear_trend`", "for comparison", knowing("linear_trend", latched=False)),
        Contender("`window_change_point`", "for comparison", knowing("window_change_point", latched=False), 60),
        Contender("`majority_vote`", "for comparison", knowing("majority_vote", latched=False), 60),
    ]
