"""The latch: an alarm stays until the metric has been back inside its baseline for a set time."""

import numpy as np

from ml_exporter.detectors.interface import Baseline, Bools, Bucket, Floats, Settings, State

FEWEST_BUCKETS = 3
"""So many buckets a recovery takes at least, however few make up the set time."""


def start(streams: int) -> State:
    """Return the state without alarms.

    It has ``latched`` (0 or 1), ``since`` (seconds since the epoch, NaN without an alarm), ``alarms`` (how many were
    raised so far), and of the recovery ``inside`` (buckets) and ``excess`` (by how much they exceed the bound).
    """
    return {
        "latched": np.zeros(streams),
        "since": np.full(streams, np.nan),
        "alarms": np.zeros(streams),
        "inside": np.zeros(streams),
        "excess": np.zeros(streams),
    }


def update(state: State, alarms: Bools, baseline: Baseline, bucket: Bucket, settings: Settings) -> tuple[State, Bools]:
    """Take in what the fleet's detectors say after a bucket.

    A recovery is a stretch of buckets over which the level, pooled from its first bucket on, never exceeds the bound;
    one that exceeds it ends the stretch. It has recovered when the stretch holds as many buckets with outcomes as the
    set time normally does, so that missing data neither ends an alarm nor brings it about.

    Args:
        state: from before the bucket; it stays as it was.
        alarms: (streams,) who raises an alarm now.
        baseline: of this bucket's time.
        bucket: the one that was judged.
        settings: ``recover_for`` is the set time.

    Returns:
        The new state, and who has just recovered: the detectors of these start again from nothing.
    """
    latched = state["latched"] > 0
    level = bucket.level
    told = latched & ~np.isnan(level) & ~np.isnan(baseline.bound)
    weight = np.where(np.isnan(bucket.bad), 1.0, bucket.outcomes)
    excess = state["excess"] + np.where(told, weight * (level - baseline.bound), 0.0)
    within = excess <= 0
    inside = np.where(told, np.where(within, state["inside"] + 1, 0.0), state["inside"])
    excess = np.where(within, excess, 0.0)

    recovered = told & (inside >= _buckets_needed(baseline, bucket, settings))
    raised = alarms & ~latched
    renewed = recovered | raised
    return {
        "latched": np.where(recovered, 0.0, np.where(raised, 1.0, state["latched"])),
        "since": np.where(recovered, np.nan, np.where(raised, bucket.end, state["since"])),
        "alarms": state["alarms"] + raised,
        "inside": np.where(renewed, 0.0, inside),
        "excess": np.where(renewed, 0.0, excess),
    }, recovered


def _buckets_needed(baseline: Baseline, bucket: Bucket, settings: Settings) -> Floats:
    filled = np.where(np.isnan(baseline.filled), 1.0, baseline.filled)
    return np.maximum(np.ceil(settings.recover_for / bucket.width * filled), FEWEST_BUCKETS)
