"""The past as it stood at one moment: the sums of every bucket, for readers in other threads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ml_exporter.tallies.kind import Tally
from ml_exporter.tallies.ladder import Ladder
from ml_exporter.tallies.sums import Sums

Place = tuple[float, float]
"""Width and start of a bucket, seconds."""


@dataclass(frozen=True)
class Past:
    """Immutable: what is folded in later does not change it."""

    tallies: Mapping[str, Tally]
    ladder: Ladder
    buckets: Mapping[tuple[str, str], Mapping[Place, Sums]]
    """By the tally's name and its clock."""

    def clock(self, tally: str, preferred: str) -> str | None:
        """Return the time by which a tally is kept: the preferred one where it is; ``None``: it is not kept by time."""
        clocks = sorted(clock for name, clock in self.buckets if name == tally)
        return preferred if preferred in clocks else next(iter(clocks), None)

    def starting(self, tally: str, clock: str, since: float, before: float) -> Iterator[tuple[float, Sums]]:
        """Yield start and sums of the buckets that start between two times, in no particular order."""
        for (_, start), sums in self.buckets.get((tally, clock), {}).items():
            if since <= start < before:
                yield start, sums
