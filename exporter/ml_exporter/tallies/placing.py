"""Which bucket each event of a batch belongs to, found once for all tallies; and what falls into each bucket."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml_exporter.tallies.ladder import Ladder
from ml_exporter.tallies.sums import Sums, numbered

Bucket = tuple[float, float]
"""Width and start, seconds."""


@dataclass(frozen=True)
class Placed:
    """Events by their buckets."""

    buckets: list[Bucket | None]
    """None: for events older than anything that is kept."""

    code: NDArray[np.uint16]
    """(events,): the place of each event's bucket among them."""

    @classmethod
    def of(cls, ladder: Ladder, times: NDArray[np.float64], at: float, first: int) -> "Placed":
        """Find the buckets of events as seen at ``at``; see ``Ladder.place``.

        All events of a finest bucket belong together: it is placed for them, by its middle.
        """
        finest = ladder.widths[0]
        number, position = numbered(np.floor(times / finest).astype(np.int64))
        middle = (number.astype(np.float64) + 0.5) * finest
        rung, start = ladder.place(middle, at, first)
        buckets: dict[Bucket | None, int] = {}
        widths = [*ladder.widths, None]
        codes = [
            buckets.setdefault(None if width is None else (width, begin), len(buckets))
            for width, begin in zip((widths[index] for index in rung.tolist()), start.tolist(), strict=True)
        ]
        return cls(list(buckets), np.array(codes, dtype=np.uint16)[position])


@dataclass(frozen=True)
class Contributed:
    """What events add to the cells of a tally."""

    cells: NDArray[np.int64]
    """(contributions,)"""

    values: NDArray[np.float64]
    """(contributions, columns)"""

    event: NDArray[np.intp]
    """(contributions,): the event behind each."""

    @cached_property
    def sums(self) -> Sums:
        """All of it added up."""
        return Sums.fold(self.cells, self.values)

    def by_bucket(self, placed: Placed) -> Iterator[tuple[Bucket, Sums]]:
        """Return what falls into each bucket that is kept."""
        if len(placed.buckets) == 1:
            (only,) = placed.buckets
            if only is not None:
                yield only, self.sums
            return
        code = placed.code[self.event]
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code, minlength=len(placed.buckets))).tolist()
        for bucket, begin, end in zip(placed.buckets, [0, *ends], ends, strict=False):
            if bucket is not None and begin < end:
                own = order[begin:end]
                yield bucket, Sums.fold(self.cells[own], self.values[own])


class Placements:
    """The buckets of one batch, by clock and first rung."""

    def __init__(self, place: Callable[[str, int], Placed]) -> None:
        """Take what places the batch's events by a clock, beginning at a rung of the ladder."""
        self._place = place
        self._found: dict[tuple[str, int], Placed] = {}

    def of(self, clock: str, first: int) -> Placed:
        """Return the buckets by a clock."""
        if (clock, first) not in self._found:
            self._found[clock, first] = self._place(clock, first)
        return self._found[clock, first]
