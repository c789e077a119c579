"""What a tick has to know of a feed's reader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedStatus:
    """The state of a feed's reader."""

    behind: bool = False
    """Whether it has more to read right now."""

    failing: bool = False
    """Whether its source cannot be read at present, so that nobody knows what is missing."""

    errors: int = 0
    """Failed attempts to read since the process started."""
