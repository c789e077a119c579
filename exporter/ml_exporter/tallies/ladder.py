"""The bucket ladder: how fine the past is kept. Buckets start at whole multiples of their width since the epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import Rung


@dataclass(frozen=True)
class Ladder:
    """Widths and reach of the buckets, seconds, finest first.

    A span of the next coarser width is rolled up once all of it is older than the finer buckets are kept.
    So which bucket an instant belongs to depends only on the instant and on the time of looking.
    """

    widths: tuple[float, ...]
    keeps: tuple[float, ...]

    @classmethod
    def of(cls, rungs: Sequence[Rung]) -> "Ladder":
        """Take the ladder from the configuration."""
        return cls(tuple(rung.width.seconds for rung in rungs), tuple(rung.keep.seconds for rung in rungs))

    def first_rung(self, histogram: bool) -> int:
        """Return the rung that a tally starts at: histograms skip the finest one, where there is another."""
        return min(1, len(self.widths) - 1) if histogram else 0

    def place(self, times: NDArray[np.float64], at: float, first: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the bucket of each instant as seen at ``at``.

        Returns:
            The rung (the number of rungs where it is older than anything kept) and the start of the bucket.
        """
        rung = np.full(times.shape, len(self.widths), dtype=np.int64)
        for index in range(len(self.widths) - 1, first - 1, -1):
            rung[self._kept(times, at, index)] = index
        width = np.array([*self.widths, 1.0])[rung]
        return rung, np.floor(times / width) * width

    def _kept(self, times: NDArray[np.float64], at: float, index: int) -> NDArray[np.bool_]:
        """Tell whether rung ``index`` still holds each instant: the coarser span around it is not all too old."""
        coarser = self.widths[min(index + 1, len(self.widths) - 1)]
        span_end = (np.floor(times / coarser) + 1) * coarser
        return np.asarray(span_end > at - self.keeps[index])

    def outgrown_before(self, width: float, at: float) -> float:
        """Return the time before which buckets of a width start that belong to a coarser rung by now, or to none."""
        index = self.widths.index(width)
        coarser = self.widths[min(index + 1, len(self.widths) - 1)]
        return float(np.floor((at - self.keeps[index]) / coarser) * coarser)

    def outgrown(self, width: float, start: float, at: float) -> bool:
        """Tell whether a bucket belongs to a coarser rung by now, or to none."""
        return start < self.outgrown_before(width, at)
