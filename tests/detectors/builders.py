"""Baselines, buckets and runs of detectors for tests."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors import Baseline, Bucket, Detector, Evidence, Settings, State

Floats = NDArray[np.float64]

START = 1_699_833_600.0
"""A Monday, 0:00 UTC."""

MINUTE = 60.0


def every(streams: int, value: float) -> Floats:
    return np.full(streams, float(value))


def baseline(streams: int, **known: float | Floats) -> Baseline:
    """Return a baseline of proportions with a bad rate of 0.08, with some fields replaced."""
    usual = {
        "mean": 0.08,
        "bound": 0.08,
        "typical": 0.08,
        "std": 0.02,
        "buckets": 43_200,
        "outcomes": 8_640_000,
        "overdispersion": 1,
        "filled": 1,
        "lower": 0,
        "upper": 1,
    }
    fields = usual | known
    return Baseline(**{name: np.broadcast_to(np.asarray(fields[name], float), streams).copy() for name in fields})


def counts(index: int, outcomes: Floats, bad: Floats) -> Bucket:
    """Return the bucket of that minute, of proportions."""
    outcomes, bad = np.asarray(outcomes, float), np.asarray(bad, float)
    return Bucket(START + MINUTE * index, MINUTE, outcomes, bad, np.full(len(bad), np.nan))


def values(index: int, value: Floats, outcomes: Floats | float = 1.0) -> Bucket:
    """Return the bucket of that minute, of values; NaN: empty."""
    value = np.asarray(value, float)
    held = np.where(np.isnan(value), 0.0, outcomes)
    return Bucket(START + MINUTE * index, MINUTE, held, np.full(len(value), np.nan), value)


def binomial_buckets(
    random: np.random.Generator, rate: float, streams: int, buckets: int, outcomes: int = 200, first: int = 0
) -> Iterator[Bucket]:
    for index in range(first, first + buckets):
        yield counts(index, every(streams, outcomes), random.binomial(outcomes, rate, streams))


def run(
    detector: Detector,
    buckets: Iterable[Bucket],
    known: Baseline,
    settings: Settings | None = None,
    state: State | None = None,
) -> tuple[State, Evidence]:
    """Feed a detector and return its last state and evidence."""
    state = detector.start(len(known.mean)) if state is None else state
    evidence = None
    for bucket in buckets:
        state, evidence = detector.update(state, known, bucket, settings or Settings())
    assert evidence is not None
    return state, evidence


def first_alarms(
    detector: Detector, buckets: Iterable[Bucket], known: Baseline, settings: Settings | None = None
) -> Floats:
    """Return the number of the bucket at which each stream raises its first alarm, from 1; NaN: never."""
    state = detector.start(len(known.mean))
    first = np.full(len(known.mean), np.nan)
    for number, bucket in enumerate(buckets, start=1):
        state, evidence = detector.update(state, known, bucket, settings or Settings())
        first[np.isnan(first) & evidence.alarm] = number
        if not np.isnan(first).any():
            break
    return first


def one_stream(bucket: Bucket, stream: int) -> Bucket:
    """Return the bucket as one of the streams sees it."""
    at = slice(stream, stream + 1)
    return replace(bucket, outcomes=bucket.outcomes[at], bad=bucket.bad[at], value=bucket.value[at])


def some_streams(known: Baseline, streams: NDArray[np.intp] | slice) -> Baseline:
    """Return the baseline of some streams."""
    return Baseline(**{name: field[streams] for name, field in vars(known).items()})
