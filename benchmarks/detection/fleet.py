"""A fleet: 500 series, 50 of which fall to 0.90; a week, by several rules of raising alarms."""

from dataclasses import dataclass

import numpy as np

from benchmarks.detection.contenders import ERROR_RATE, OUTCOMES, Bools, known_baseline, minute_of
from ml_exporter.detectors import Evidence, Settings, detector, ensemble

SERIES, FALLING, DAYS, REPETITIONS = 500, 50, 7, 3


@dataclass(frozen=True)
class Outcome:
    """What one rule did, on average over the repetitions."""

    rule: str
    false_pages: float
    found: float
    delay: float
    """Mean minutes from the fall to the page."""


def own_threshold(evidence: Evidence) -> Bools:
    """Raise each series alone."""
    return evidence.alarm


def corrected(evidence: Evidence) -> Bools:
    """Raise each series at J times the evidence (Bonferroni)."""
    return np.asarray(evidence.log10_evidence >= evidence.log10_threshold + np.log10(SERIES))


RULES = {"each series alone": own_threshold, "Bonferroni": corrected, "e-d-BH": ensemble.fleet_alarms}


def measure() -> list[Outcome]:
    """Let a week pass; half-way into it some series fall."""
    totals = {rule: np.zeros(3) for rule in RULES}
    for seed in range(REPETITIONS):
        first = week(seed)
        fall = DAYS * 1440 // 2
        for rule, minutes in first.items():
            paged = minutes[:FALLING]
            false = np.isfinite(minutes[FALLING:]).sum() + (paged <= fall).sum()
            found = np.isfinite(paged) & (paged > fall)
            totals[rule] += [false, found.sum() + (paged <= fall).sum(), (paged[found] - fall).mean()]
    return [Outcome(rule, *(total / REPETITIONS)) for rule, total in totals.items()]


def week(seed: int) -> dict[str, np.ndarray]:
    """Return the minute of each series' first page under each rule, infinite without."""
    random = np.random.default_rng(seed)
    sequential, settings, baseline = detector("sequential"), Settings(), known_baseline(SERIES)
    state = sequential.start(SERIES)
    first = {rule: np.full(SERIES, np.inf) for rule in RULES}
    for minute in range(1, DAYS * 1440 + 1):
        fallen = (np.arange(SERIES) < FALLING) & (minute > DAYS * 1440 // 2)
        bad = random.binomial(OUTCOMES, np.where(fallen, 0.10, ERROR_RATE)).astype(float)
        state, evidence = sequential.update(state, baseline, minute_of(minute, bad), settings)
        for rule, raises in RULES.items():
            first[rule][raises(evidence) & np.isinf(first[rule])] = minute
    return first


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a table."""
    lines = ["| rule | false pages in 7 days | found of 50 | mean delay, minutes |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {each.rule} | {each.false_pages:.1f} | {each.found:.1f} | {each.delay:.1f} |" for each in outcomes]
    return "\n".join(lines)
