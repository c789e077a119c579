"""Whether the promise holds from end to end: a baseline learnt from a past, then a month without any change."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.contenders import DAY, HOUR, MINUTE, START, Floats
from ml_exporter.detectors import Bucket, Settings, detector, latch, state
from ml_exporter.detectors.baseline import LearntBaseline, learn
from ml_exporter.detectors.past import Past

STREAMS = 100
TOLERANCE = 0.005


def level(_: float) -> float:
    """Return a bad rate that never changes."""
    return 0.08


def daily(time: float) -> float:
    """Return a bad rate that swings by 0.01 a day."""
    return 0.08 + 0.01 * math.sin(2 * math.pi * time / DAY)


def weekly(time: float) -> float:
    """Return a bad rate that is 0.01 higher at weekends."""
    return 0.09 if ((time - START) // DAY) % 7 >= 5 else 0.08


def both(time: float) -> float:
    """Return a bad rate with both rhythms."""
    return daily(time) + weekly(time) - 0.08


@dataclass(frozen=True)
class Condition:
    """A healthy model, and how much of its past is known."""

    name: str
    rate: Callable[[float], float] = level
    overdispersion: float = 1.0
    outcomes: int = 200
    """A bucket."""

    width: float = MINUTE
    learnt_days: float = 30.0
    tolerance: float = TOLERANCE
    holds: Callable[[int], bool] = lambda _: True
    """Whether the bucket of that number has outcomes."""


CONDITIONS = (
    Condition("level, 200 outcomes a minute"),
    Condition("level, without tolerance", tolerance=0.0),
    Condition("errors cluster (overdispersion 2)", overdispersion=2.0),
    Condition("1 outcome a minute", outcomes=1),
    Condition("baseline of 2 hours, without tolerance", learnt_days=2 / 24, tolerance=0.0),
    Condition("daily rhythm of 0.01, baseline of 7 days", daily, learnt_days=7),
    Condition("daily rhythm of 0.01, baseline of 16 days", daily, learnt_days=16),
    Condition("daily rhythm of 0.01, baseline of 30 days", daily),
    Condition("weekends 0.01 worse, baseline of 16 days", weekly, learnt_days=16),
    Condition("weekends 0.01 worse, baseline of 30 days", weekly),
    Condition("both rhythms, baseline of 30 days, without tolerance", both, tolerance=0.0),
    Condition("both rhythms, errors cluster", both, overdispersion=2.0),
    Condition(
        "labels of a day come in one minute of the night", outcomes=5000, holds=lambda index: index % 1440 == 180
    ),
    Condition("two minutes of three are empty", holds=lambda index: index % 3 == 0),
)


@dataclass(frozen=True)
class Outcome:
    """What a month brought."""

    condition: Condition
    false_alarms: int
    slack: float
    """By how much the bound lies above the truth, on average."""

    delay: float
    """Mean buckets with outcomes until a rise of the bad rate by 0.04 is found."""


def measure(condition: Condition, seed: int = 0) -> Outcome:
    """Learn, watch a month, then make the model worse."""
    random = np.random.default_rng(seed)
    learnt = learnt_from(condition, random)
    sequential, settings = detector("sequential"), Settings()
    evidence_state, latched = sequential.start(STREAMS), latch.start(STREAMS)
    slack = []
    month = int(30 * DAY / condition.width)
    for index in range(month):
        bucket = bucket_of(condition, index, random, 0.0)
        baseline = learnt.at(bucket.start + condition.width / 2, "UTC")
        slack.append(float((baseline.bound - condition.rate(bucket.start + condition.width / 2)).mean()))
        evidence_state, evidence = sequential.update(evidence_state, baseline, bucket, settings)
        latched, recovered = latch.update(latched, evidence.alarm, baseline, bucket, settings)
        evidence_state = state.restart(evidence_state, recovered, sequential.start)
    false_alarms = int(latched["alarms"].sum())

    first, seen = np.full(STREAMS, np.nan), 0
    evidence_state = state.restart(evidence_state, latched["latched"] > 0, sequential.start)
    for index in range(month, month + 5 * 1440):
        bucket = bucket_of(condition, index, random, 0.04)
        baseline = learnt.at(bucket.start + condition.width / 2, "UTC")
        evidence_state, evidence = sequential.update(evidence_state, baseline, bucket, settings)
        seen += int(bucket.outcomes[0] > 0)
        first[np.isnan(first) & evidence.alarm] = seen
        if not np.isnan(first).any():
            break
    return Outcome(condition, false_alarms, float(np.mean(slack)), float(np.nanmean(first)))


def learnt_from(condition: Condition, random: np.random.Generator) -> LearntBaseline:
    """Learn from the past as the exporter keeps it: hours, or five minutes where there is less than a day."""
    width = HOUR if condition.learnt_days >= 1 else 300.0
    count = int(condition.learnt_days * DAY / width)
    start = START - condition.learnt_days * DAY + width * np.arange(count)
    buckets = int(width / condition.width)
    outcomes, bad = np.zeros((count, STREAMS)), np.zeros((count, STREAMS))
    for row, begin in enumerate(start):
        first = round((begin - START) / condition.width)
        held = sum(condition.holds(first + offset) for offset in range(buckets))
        outcomes[row] = held * condition.outcomes
        bad[row] = errors(condition, condition.rate(begin + width / 2), held, random)
    past = Past(
        start,
        np.full(count, width),
        outcomes,
        bad,
        np.full(bad.shape, np.nan),
        np.ones(bad.shape, dtype=bool),
    )
    each = np.ones(STREAMS)
    learnt = learn(past, 0 * each, each, condition.tolerance * each, "UTC")
    share = np.mean([condition.holds(index) for index in range(1440)])
    return LearntBaseline.from_state({**learnt.to_state(), "filled": share * each})


def errors(condition: Condition, rate: float, buckets: int, random: np.random.Generator) -> Floats:
    """Return the errors of so many buckets together, clustered by bucket."""
    if buckets == 0:
        return np.zeros(STREAMS)
    if condition.overdispersion == 1:
        return random.binomial(buckets * condition.outcomes, rate, STREAMS).astype(float)
    spread = (condition.outcomes - 1) / (condition.overdispersion - 1) - 1
    rates = random.beta(rate * spread, (1 - rate) * spread, (buckets, STREAMS))
    return random.binomial(condition.outcomes, rates).sum(axis=0).astype(float)


def bucket_of(condition: Condition, index: int, random: np.random.Generator, worse: float) -> Bucket:
    """Return the bucket of that number."""
    start = START + condition.width * index
    holds = condition.holds(index)
    rate = condition.rate(start + condition.width / 2) + worse
    bad = errors(condition, rate, int(holds), random)
    held = np.full(STREAMS, float(condition.outcomes * holds))
    return Bucket(start, condition.width, held, bad, np.full(STREAMS, np.nan))


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a table."""
    lines = [
        "| condition | false alarms, a series and month | bound above the truth | buckets to see 0.92 -> 0.88 |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {each.condition.name} | {each.false_alarms / STREAMS:.2f} | {each.slack:.4f} | {each.delay:.1f} |"
        for each in outcomes
    ]
    return "\n".join(lines)
