"""False alarms and delays of every contender on the same simulated model."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.contenders import ERROR_RATE, OUTCOMES, Contender

DAYS = 7
HORIZON = 1440
"""Minutes after a change in which it has to be found."""

CHANGES: dict[str, Callable[[int], float]] = {
    "0.91": lambda _: 0.09,
    "0.90": lambda _: 0.10,
    "0.87": lambda _: 0.13,
    "0.80": lambda _: 0.20,
    "drift": lambda minute: ERROR_RATE + 0.02 * minute / 1440,
}
"""Error rate by minute after the change."""


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    contender: Contender
    false_alarms_a_day: float
    delays: dict[str, float]
    """Mean minutes until the change is found, unfound ones counted as the horizon."""

    found: dict[str, float]
    """Share found within the horizon."""

    microseconds: float
    """Cost of a step of one stream."""


def measure(contender: Contender) -> Result:
    """Run a contender through all simulations."""
    began = time.process_time()
    alarms = false_alarms(contender)
    microseconds = (time.process_time() - began) / (DAYS * 1440 * contender.streams) * 1e6
    delays, found = {}, {}
    for seed, (name, rate) in enumerate(CHANGES.items()):
        minutes = delay(contender, rate, seed)
        found[name] = float(np.isfinite(minutes).mean())
        delays[name] = float(np.minimum(minutes, HORIZON).mean())
    return Result(contender, alarms, delays, found, microseconds)


def false_alarms(contender: Contender) -> float:
    """Return pages a day and stream while nothing changes."""
    random = np.random.default_rng(100)
    running = contender.start(contender.streams, 100)
    pages = 0
    for minute in range(DAYS * 1440):
        bad = random.binomial(OUTCOMES, ERROR_RATE, contender.streams).astype(float)
        pages += int(running.step(minute, bad).sum())
    return pages / (DAYS * contender.streams)


def delay(contender: Contender, rate: Callable[[int], float], seed: int) -> np.ndarray:
    """Return the minutes from the change to the first page after it, infinite beyond the horizon."""
    random = np.random.default_rng(200 + seed)
    running = contender.start(contender.streams, 200 + seed)
    for minute in range(contender.warm_up):
        running.step(minute, random.binomial(OUTCOMES, ERROR_RATE, contender.streams).astype(float))
    first = np.full(contender.streams, np.inf)
    for since in range(HORIZON):
        bad = random.binomial(OUTCOMES, rate(since), contender.streams).astype(float)
        pages = running.step(contender.warm_up + since, bad)
        first[pages & np.isinf(first)] = since + 1
        if np.isfinite(first).all():
            break
    return first


def table(results: list[Result]) -> str:
    """Return the results as a table."""
    lines = [
        "| detector | | false alarms a day | 0.91 | 0.90 | 0.87 | 0.80 | -0.02 a day | µs a stream and minute |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for result in results:
        cells = [_delay(result, name) for name in CHANGES]
        lines.append(
            f"| {result.contender.name} | {result.contender.what} | {_rate(result)} | {' | '.join(cells)}"
            f" | {result.microseconds:.2g} |"
        )
    return "\n".join(lines)


def _rate(result: Result) -> str:
    if result.false_alarms_a_day == 0:
        return f"0 in {DAYS * result.contender.streams} days"
    return f"{result.false_alarms_a_day:.2g}"


def _delay(result: Result, name: str) -> str:
    if result.found[name] < 0.5:
        return f"not seen ({result.found[name]:.0%})"
    minutes = result.delays[name]
    text = f"{minutes:.1f}" if minutes < 100 else f"{minutes:.0f}"
    return text if result.found[name] == 1 else f"{text} ({np.floor(100 * result.found[name]):.0f}% seen)"
