"""Describes a drift: Theil-Sen slope over the last three days, and when the objective will be crossed.

The level is averaged over blocks of two hours, each against the baseline of its time, so that a daily rhythm is no
trend. The line is drawn anew when a block closes. It describes and does not page: tests of trend see a slow drift
later than ``sequential`` does.
"""

import numpy as np
from scipy.special import log_ndtr

from ml_exporter.detectors.interface import (
    ALL_KINDS,
    CROSSING_EARLIEST,
    CROSSING_LATEST,
    CROSSING_TIME,
    TREND_LOWER,
    TREND_PER_DAY,
    TREND_UPPER,
    Baseline,
    Bools,
    Bucket,
    Detector,
    Evidence,
    Floats,
    Settings,
    State,
)
from ml_exporter.detectors.log_space import LN10
from ml_exporter.detectors.theil_sen import lines

BLOCK = 7200.0
"""Seconds whose levels are averaged to one point."""

BLOCKS = 36
"""Points of a line: three days."""

FEWEST = 12
"""With fewer points, a day, there is no line."""

SIGNIFICANT = 0.001
"""One-sided significance level of the test of Mann and Kendall, from which on there is a trend and a forecast."""

HORIZON = 90 * 86400.0
"""Nothing is forecast beyond it."""

DAY = 86400.0

SLOPE, LOWER, UPPER, MIDDLE, LEVEL, LEVEL_MARGIN, MANN_KENDALL = range(7)
"""Fields of a line; slopes by second."""


def start(streams: int) -> State:
    """Return the state without points.

    It has a ring of blocks (streams, BLOCKS): ``number`` (time divided by BLOCK), ``weight`` (outcomes) and ``excess``
    (summed distance from the baseline); ``newest`` (streams,), the number of the open block; and the last ``line``
    (streams, 7).
    """
    return {
        "number": np.full((streams, BLOCKS), np.nan),
        "weight": np.zeros((streams, BLOCKS)),
        "excess": np.zeros((streams, BLOCKS)),
        "newest": np.full(streams, np.nan),
        "line": np.full((streams, 7), np.nan),
    }


def update(state: State, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Evidence]:
    """Take in one bucket; evidence is 1 / p of the one-sided test of Mann and Kendall."""
    level = bucket.level
    told = ~np.isnan(level) & ~np.isnan(baseline.mean)
    number = float(np.floor(bucket.start / BLOCK))
    line = _with_new_lines(state, number, told & (state["newest"] < number))
    blocks = _with_bucket(state, number, told, bucket.outcomes, level - baseline.mean)
    newest = np.where(told, np.fmax(state["newest"], number), state["newest"])
    threshold = np.full(level.shape, -np.log10(SIGNIFICANT))
    log10_evidence = np.where(np.isnan(baseline.mean), np.nan, -log_ndtr(-line[:, MANN_KENDALL]) / LN10)
    evidence = Evidence(log10_evidence, threshold)
    extras = {
        TREND_PER_DAY: line[:, SLOPE] * DAY,
        TREND_LOWER: line[:, LOWER] * DAY,
        TREND_UPPER: line[:, UPPER] * DAY,
    } | _forecast(line, baseline.typical, settings.objective, bucket.end, evidence.alarm)
    return {**blocks, "newest": newest, "line": line}, Evidence(log10_evidence, threshold, extras)


def _with_new_lines(state: State, number: float, closed: Bools) -> Floats:
    """Return the lines, those drawn anew whose block has closed because one of another number begins."""
    rows = np.flatnonzero(closed)
    if not len(rows):
        return state["line"]
    numbers = np.arange(number - BLOCKS, number)
    places = (numbers % BLOCKS).astype(np.intp)
    held = state["number"][rows][:, places] == numbers
    weight = np.where(held, state["weight"][rows][:, places], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(weight > 0, state["excess"][rows][:, places] / weight, np.nan)
    level[(weight > 0).sum(axis=1) < FEWEST] = np.nan
    found = lines((numbers + 0.5) * BLOCK, level)
    line = state["line"].copy()
    line[rows] = np.column_stack(
        [found.slope, found.lower, found.upper, found.time, found.level, found.level_margin, found.mann_kendall]
    )
    return line


def _with_bucket(state: State, number: float, told: Bools, outcomes: Floats, excess: Floats) -> dict[str, Floats]:
    """Return the ring of blocks with a bucket added to the block of that number."""
    place = int(number % BLOCKS)
    blocks = {name: state[name].copy() for name in ("number", "weight", "excess")}
    begins = told & ~(state["number"][:, place] == number)
    blocks["number"][begins, place] = number
    for name, more in (("weight", outcomes), ("excess", outcomes * excess)):
        before = np.where(begins, 0.0, blocks[name][:, place])
        blocks[name][:, place] = np.where(told, before + np.where(told, more, 0.0), blocks[name][:, place])
    return blocks


def _forecast(line: Floats, typical: Floats, objective: Floats | None, now: float, rising: Bools) -> dict[str, Floats]:
    """Return when the line reaches the objective, and the interval that its slope and its level leave to it.

    Only where the level rises, has not crossed the objective yet, and will within ``HORIZON``.
    """
    missing = np.full(typical.shape, np.nan)
    distance = (missing if objective is None else objective) - typical - line[:, LEVEL]

    with np.errstate(divide="ignore", invalid="ignore"):  # slopes of 0 or below never reach it
        expected, shortest, longest = (
            np.where(line[:, slope] > 0, distance / line[:, slope], np.inf) for slope in (SLOPE, UPPER, LOWER)
        )
        by_level = line[:, LEVEL_MARGIN] / line[:, SLOPE]
        sooner, later = np.hypot(expected - shortest, by_level), np.hypot(longest - expected, by_level)
        crossing = line[:, MIDDLE] + expected
        ahead = rising & (distance > 0) & (crossing > now) & (crossing < now + HORIZON)
        return {
            CROSSING_TIME: np.where(ahead, crossing, np.nan),
            CROSSING_EARLIEST: np.where(ahead, np.maximum(crossing - sooner, now), np.nan),
            CROSSING_LATEST: np.where(ahead, crossing + later, np.nan),
        }


DETECTOR = Detector(
    name="trend",
    title="Theil-Sen slope over three days with the test of Mann and Kendall; forecasts when the objective is crossed.",
    kinds=ALL_KINDS,
    role="describes",
    start=start,
    update=update,
)
