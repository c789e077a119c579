"""river's drift detectors, with their default settings."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from river import drift
from river.drift import binary

from benchmarks.detection.contenders import OUTCOMES, Bools, Contender, Floats, Running


class ByMinute:
    """A detector by stream that is fed the accuracy of each minute."""

    def __init__(self, make: Callable[[int], Any], streams: int) -> None:
        self._each = [make(stream) for stream in range(streams)]

    def step(self, minute: int, bad: Floats) -> Bools:  # noqa: ARG002 - river knows no time
        """Take in a minute."""
        return np.array([fed(each, [1 - count / OUTCOMES]) for each, count in zip(self._each, bad, strict=True)])


class ByEvent:
    """A detector by stream that is fed every single outcome, 1 for an error, in random order within the minute."""

    def __init__(self, make: Callable[[int], Any], streams: int, seed: int) -> None:
        self._each = [make(stream) for stream in range(streams)]
        self._random = np.random.default_rng(seed)

    def step(self, minute: int, bad: Floats) -> Bools:  # noqa: ARG002 - river knows no time
        """Take in a minute."""
        pages = []
        for each, count in zip(self._each, bad, strict=True):
            outcomes = np.arange(OUTCOMES) < count
            self._random.shuffle(outcomes)
            pages.append(fed(each, outcomes.tolist()))
        return np.array(pages)


def fed(each: Any, values: Iterable[float]) -> bool:
    """Feed values; tell whether drift was detected at any of them."""
    detected = False
    for value in values:
        each.update(value)
        detected |= bool(each.drift_detected)
    return detected


def river_contenders() -> list[Contender]:
    """Return river's detectors: those for values by minute, those for errors (and ADWIN again) by event."""

    def by_minute(make: Callable[[int], Any]) -> Callable[[int, int], Running]:
        return lambda streams, _: ByMinute(make, streams)

    def by_event(make: Callable[[int], Any]) -> Callable[[int, int], Running]:
        return lambda streams, seed: ByEvent(make, streams, seed)

    values, errors = "river, each minute's accuracy", "river, each event"
    return [
        Contender("ADWIN", values, by_minute(lambda _: drift.ADWIN()), 60),
        Contender("Page-Hinkley", values, by_minute(lambda _: drift.PageHinkley()), 60),
        Contender("KSWIN", values, by_minute(lambda stream: drift.KSWIN(seed=stream)), 4, 300),
        Contender("ADWIN", errors, by_event(lambda _: drift.ADWIN()), 10, 300),
        Contender("DDM", errors, by_event(lambda _: binary.DDM()), 10, 300),
        Contender("EDDM", errors, by_event(lambda _: binary.EDDM()), 10, 300),
        Contender("HDDM_A", errors, by_event(lambda _: binary.HDDMA()), 5, 300),
        Contender("HDDM_W", errors, by_event(lambda _: binary.HDDMW()), 5, 300),
    ]
