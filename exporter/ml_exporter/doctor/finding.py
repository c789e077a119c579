"""What the doctor says."""

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """How near to the source of the events something is: what is mended there often mends the rest."""

    SOURCE = 0
    EVENTS = 1
    JOIN = 2
    WINDOWS = 3


@dataclass(frozen=True)
class Finding:
    """One thing that keeps a panel empty."""

    rank: Rank
    what: str
    """What is wrong, in one sentence, with its place."""

    remedy: str
    """What to do."""

    evidence: tuple[str, ...] = ()
    """What it was seen by: figures, and samples of events."""
