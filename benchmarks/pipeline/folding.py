"""Folding: outcomes added up by series and cell of the confusion matrix, 10,000 at a time over 1,000 series."""

import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml_exporter.tallies import Sums

ROWS, SERIES, CELLS, TIMES = 10_000, 1000, 4, 50


def measure() -> dict[str, float]:
    """Return million outcomes a second of the processor."""
    random = np.random.default_rng(0)
    cells = random.integers(0, SERIES * CELLS, (TIMES, ROWS))
    values = np.ones((ROWS, 1))
    totals = np.zeros(SERIES * CELLS)
    return {
        "ours": _rate(cells, lambda own: Sums.fold(own, values)),
        "numpy.add.at": _rate(cells, lambda own: np.add.at(totals, own, 1.0)),
        "polars group_by": _rate(cells, lambda own: pl.DataFrame({"cell": own}).group_by("cell").len()),
        "collections.Counter": _rate(cells, lambda own: Counter(own.tolist())),
    }


def _rate(cells: NDArray[np.int64], fold: Callable[[NDArray[np.int64]], object]) -> float:
    began = time.process_time()
    for own in cells:
        fold(own)
    return ROWS * TIMES / (time.process_time() - began) / 1e6
