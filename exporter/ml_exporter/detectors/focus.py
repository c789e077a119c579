"""FOCuS: the exact likelihood-ratio statistic over all possible times of a change, updated in constant time.

Each bucket brings a weight (what was expected: outcomes, or expected bad ones, or a variance) and a total (what was
seen). The rise that fits best since any past time is a maximum over all of these times; but only times between which
the ratio of total to weight rises strictly can ever be that maximum, for every one-parameter exponential family. They
are the corners of the lower convex hull of the cumulative sums, a handful, kept as a stack of blocks: a new bucket
is a block of its own, and while the last two blocks do not rise they merge, which drops the time between them.

Blocks are held in arrays (streams, places, fields); unused places are NaN. The first block of all is the oldest time.

Sources: Romano, Eckley, Fearnhead and Rigaill, "Fast online changepoint detection via functional pruning CUSUM
statistics" (JMLR 2023); Ward, Dilillo, Eckley and Fearnhead, "Poisson-FOCuS" (2022) and its extension to exponential
families (Statistics and Computing 2024).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.detectors.interface import Bools, Floats

TIME, WEIGHT, TOTAL = 0, 1, 2
"""Fields of a block that every user has: when it starts, and its sums; further fields are sums too."""


def no_blocks(streams: int, fields: int) -> Floats:
    """Return empty stacks."""
    return np.full((streams, 1, fields), np.nan)


def push(blocks: Floats, new: Floats, told: Bools) -> Floats:
    """Return the stacks with one more bucket on top, merged until ratios rise from block to block.

    Args:
        blocks: (streams, places, fields), left as it is.
        new: (streams, fields) the bucket; its weight is above 0 where it is told.
        told: (streams,) which streams the bucket says something about.
    """
    height = heights(blocks)
    grown = _with_room(blocks, height, told)
    rows = np.flatnonzero(told)
    grown[rows, height[rows]] = new[rows]
    top = height.copy()
    rows = rows[top[rows] > 0]
    while len(rows):
        below, last = grown[rows, top[rows] - 1], grown[rows, top[rows]]
        level = below[:, TOTAL] * last[:, WEIGHT] >= last[:, TOTAL] * below[:, WEIGHT]
        rows, below, last = rows[level], below[level], last[level]
        grown[rows, top[rows], :] = np.nan
        top[rows] -= 1
        below[:, WEIGHT:] += last[:, WEIGHT:]
        grown[rows, top[rows]] = below
        rows = rows[top[rows] > 0]
    return grown


def drop_lowest(blocks: Floats, where: Bools) -> Floats:
    """Take the oldest block of the marked streams away, in place; return the stacks no wider than they need to be."""
    rows = np.flatnonzero(where)
    blocks[rows, :-1] = blocks[rows, 1:]
    blocks[rows, -1] = np.nan
    return blocks[:, : int(heights(blocks).max(initial=1))]


def best_since(blocks: Floats, evidence: Callable[[NDArray[np.intp], Floats], Floats]) -> tuple[Floats, Floats]:
    """Look at everything since the start of each block, and keep the start that has most evidence.

    Args:
        blocks: the stacks.
        evidence: of some streams, from their numbers (rows,) and their sums since a time (rows, fields).

    Returns:
        The largest evidence (streams,), at least 0, and the sums since that time (streams, fields), NaN where there
        is no evidence; TIME is when it begins. Of equal evidence the earlier time is kept.
    """
    height = heights(blocks)
    sums = np.zeros((len(blocks), blocks.shape[2]))
    largest, since = np.zeros(len(blocks)), np.full(sums.shape, np.nan)
    for place in range(blocks.shape[1] - 1, -1, -1):
        rows = np.flatnonzero(height > place)
        own = blocks[rows, place]
        own[:, WEIGHT:] += sums[rows, WEIGHT:]
        sums[rows] = own
        found = evidence(rows, own)
        better = (found > 0) & (found >= largest[rows])
        largest[rows[better]] = found[better]
        since[rows[better]] = own[better]
    return largest, since


def heights(blocks: Floats) -> NDArray[np.intp]:
    """Return how many blocks each stack has, (streams,)."""
    count: NDArray[np.intp] = np.count_nonzero(~np.isnan(blocks[..., TIME]), axis=1)
    return count


def _with_room(blocks: Floats, height: NDArray[np.intp], told: Bools) -> Floats:
    """Return a copy in which every told stack has a free place, no wider than it needs to be."""
    needed = int((height + told).max(initial=1))
    room = np.full((len(blocks), needed, blocks.shape[2]), np.nan)
    kept = min(needed, blocks.shape[1])
    room[:, :kept] = blocks[:, :kept]
    return room
