"""The pace: which share of the buckets that close holds outcomes, stream by stream.

A false-alarm period is kept in buckets with outcomes, so it has to be known how many of these there are in a month. A
baseline learnt from hours cannot tell how many minutes hold outcomes; it is the prior, and watching tells.
"""

import numpy as np

from ml_exporter.detectors.interface import Bucket, Floats, State

PRIOR_BUCKETS = 1440.0
"""As so many watched buckets the baseline's share counts: a day of minutes."""

LONGEST_MEMORY = 40320.0
"""Watched buckets are remembered as if there had been at most so many: four weeks of minutes."""


def start(streams: int) -> State:
    """Return the state before any bucket: ``closed`` and ``filled`` (streams,), how many were watched and held any."""
    return {"closed": np.zeros(streams), "filled": np.zeros(streams)}


def update(state: State, bucket: Bucket) -> State:
    """Count a bucket that has closed."""
    fading = np.minimum(1.0, LONGEST_MEMORY / (state["closed"] + 1.0))
    return {
        "closed": (state["closed"] + 1.0) * fading,
        "filled": (state["filled"] + ~np.isnan(bucket.level)) * fading,
    }


def share(state: State, prior: Floats) -> Floats:
    """Return the share of buckets that hold outcomes: what ``Baseline.filled`` should be.

    Args:
        state: what was watched.
        prior: the baseline's share, NaN where it has none: then all are taken to hold some.
    """
    assumed = np.where(np.isnan(prior), 1.0, prior)
    return np.asarray((state["filled"] + PRIOR_BUCKETS * assumed) / (state["closed"] + PRIOR_BUCKETS))
