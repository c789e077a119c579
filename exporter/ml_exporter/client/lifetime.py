"""What happens to the channels of recorders when their process ends, and when it is forked."""

import atexit
import os
import sys
from typing import Protocol


class Lives(Protocol):
    """A channel."""

    def close(self) -> None:
        """Send or keep what is left."""
        ...

    def begin_anew(self) -> None:
        """Begin without events in a process that was forked off: those that wait are its parent's."""
        ...


CLOSE_SECONDS = 5.0
"""So long the end of a process may wait for the exporter."""

_live: set[Lives] = set()
_registered = False


def began(channel: Lives) -> None:
    """Remember a channel: it is closed when the process ends, and begins anew where the process is forked."""
    global _registered  # noqa: PLW0603 - once in a process
    _live.add(channel)
    if not _registered:
        _registered = True
        atexit.register(_close_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_begin_all_anew)


def ended(channel: Lives) -> None:
    """Forget a channel that was closed."""
    _live.discard(channel)


def close_with_child() -> None:
    """See that channels are closed at the end of a child of multiprocessing, which never comes to ``atexit``."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, _close_all, exitpriority=0)


def _close_all() -> None:
    for channel in list(_live):
        channel.close()


def _begin_all_anew() -> None:
    for channel in list(_live):
        channel.begin_anew()
