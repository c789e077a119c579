"""The last few levels of each stream: what the detectors that compare look at again and again."""

import numpy as np

from ml_exporter.detectors.interface import Bools, Floats, State


def start(streams: int, window: int) -> State:
    """Return the state without levels: a ring of ``levels`` (streams, window) and how many it took in, ``seen``."""
    return {"levels": np.full((streams, window), np.nan), "seen": np.zeros(streams)}


def push(state: State, level: Floats, told: Bools) -> State:
    """Return the state with one more level of each told stream, in the place of its oldest."""
    levels = state["levels"].copy()
    rows = np.flatnonzero(told)
    levels[rows, state["seen"][rows].astype(np.intp) % levels.shape[1]] = level[rows]
    return {"levels": levels, "seen": state["seen"] + told}


def in_order(state: State) -> Floats:
    """Return the levels (streams, window), the newest last; NaN before the first."""
    window = state["levels"].shape[1]
    places = (state["seen"][:, None].astype(np.intp) + np.arange(window)) % window
    return np.take_along_axis(state["levels"], places, axis=1)


def mean_and_variance(levels: Floats) -> tuple[Floats, Floats, Floats]:
    """Return count, mean and unbiased variance of the levels along the last axis, ignoring NaN; NaN without any."""
    known = ~np.isnan(levels)
    count = known.sum(axis=-1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, levels, 0.0).sum(axis=-1) / count
        squares = np.where(known, (levels - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        return count, mean, np.where(count > 1, squares / (count - 1), np.nan)
