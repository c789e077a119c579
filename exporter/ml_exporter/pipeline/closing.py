"""Closing: from when on a bucket is complete, so that detectors may consume it."""

from collections.abc import Mapping

from ml_exporter.config import Monitoring
from ml_exporter.pipeline.join_state import JoinState
from ml_exporter.pipeline.status import FeedStatus

_LONGEST_HOLD = 3600.0
"""Seconds that a feed with a backlog holds buckets open: a feed that never catches up must not silence detectors."""


def close_buckets(monitoring: Monitoring, state: JoinState, feeds: Mapping[str, FeedStatus], at: float) -> None:
    """Close the buckets that ended ``allowed_lateness`` ago, unless a feed is working off a backlog.

    A backlog belongs into the buckets of its own time; once they are closed it would count in the open one.

    Args:
        monitoring: the configuration.
        state: knows from when on buckets are closed.
        feeds: the state of every feed's reader.
        at: the time of looking, seconds since the epoch.
    """
    if any(status.behind for status in feeds.values()):
        state.held_since = state.held_since or at
        if at - state.held_since < _LONGEST_HOLD:
            return
    else:
        state.held_since = 0.0
    finest = monitoring.buckets[0].width.seconds
    closed = (at - monitoring.allowed_lateness.seconds) // finest * finest
    state.closed_until = max(state.closed_until, closed)
