"""What a sender may write."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """The models whose events a sender may send."""

    models: tuple[str, ...] | None = None
    """``None``: all of the feed's."""
