"""Which predictions have their features looked at, where there are more than somebody wants to pay for.

The rate is that of the bucket of prediction time before a prediction's own, so the first bucket of a burst is looked at
whole, and of events that come in the order of their time the same ones are chosen however they are cut into batches.
"""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.hashing import hash_ids
from ml_exporter.tallies import Buckets


def rate_before(
    buckets: Buckets, series: Set[int], timestamp: NDArray[np.float64], counted: NDArray[np.bool_], at: float
) -> NDArray[np.float64]:
    """Return how many predictions a second were made just before each, (rows,).

    Args:
        buckets: what had been made before these.
        series: codes of the model's series.
        timestamp: (rows,) prediction times, seconds since the epoch.
        counted: (rows,) those that count as made.
        at: the time of looking, which decides how wide buckets are.
    """
    rung, start = buckets.ladder.place(timestamp, at, 0)
    rates = np.zeros(len(timestamp))
    for place, width in enumerate(buckets.ladder.widths):
        of_width = rung == place
        for begin in np.unique(start[of_width]).tolist():
            known = buckets.bucket("made", "prediction", width, begin - width)
            made = known.values[np.isin(known.cells, list(series))].sum()
            made += (of_width & counted & (start == begin - width)).sum()
            rates[of_width & (start == begin)] = made / width
    return rates


def chosen(ids: NDArray[np.object_], rate: NDArray[np.float64], most: float) -> NDArray[np.bool_]:
    """Choose by the hash of ids so many that they are about as frequent as wanted, (rows,).

    What is chosen at some rate is so at any lower one.

    Args:
        ids: (rows,)
        rate: (rows,) how many a second there are.
        most: how many a second are wanted.
    """
    if (rate <= most).all():
        return np.ones(len(ids), dtype=np.bool_)
    return np.asarray((rate <= most) | (hash_ids(ids) < most / np.maximum(rate, most) * 2.0**64))
