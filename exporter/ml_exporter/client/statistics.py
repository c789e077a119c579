"""What a recorder says of itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """Counts since the process began (or was forked off), and what waits now.

    ``recorded`` and ``adopted`` events are always somewhere: ``accepted``, ``duplicate``, ``rejected``, ``dropped``,
    ``pending``, ``spooled``, or in the one request that is under way.
    """

    recorded: int = 0
    """Events that were taken in."""

    invalid: int = 0
    """Calls that could not be made an event of; the log says why."""

    accepted: int = 0
    """Events that the exporter has taken in."""

    duplicate: int = 0
    """Events that it knew already: they were sent again, since an answer had been lost."""

    rejected: int = 0
    """Events that it refused; the log says why, and its dead-letter file has those that it could read."""

    dropped: int = 0
    """Events that were lost for want of room, in memory or on disk."""

    adopted: int = 0
    """Events that processes had left in the spool that ended before."""

    pending: int = 0
    """Events that wait in memory."""

    spooled: int = 0
    """Events that wait on disk."""

    spooled_bytes: int = 0

    requests: int = 0
    """Requests that were answered as they should be."""

    failed_requests: int = 0
    """Requests that were not: each is repeated."""

    last_error: str | None = None
    """Why the exporter cannot be reached; ``None``: it can, as far as is known."""

    @property
    def sent(self) -> int:
        """Return how many events the exporter has answered for."""
        return self.accepted + self.duplicate + self.rejected
