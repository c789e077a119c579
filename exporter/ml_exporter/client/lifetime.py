"""What happens to recorders when their process ends, and when it is forked."""

import atexit
import os
import sys
from typing import Protocol


class Lives(Protocol):
    """A recorder."""

    def close(self) -> None:
        """Send or keep what is left."""
        ...

    def begin_anew(self) -> None:
        """Begin without events in a process that was forked off: those that wait are its parent's."""
        ...


_live: set[Lives] = set()
_registered = False


def began(recorder: Lives) -> None:
    """Remember a recorder: it is closed when the process ends, and begins anew where the process is forked."""
    global _registered  # noqa: PLW0603 - once in a process
    _live.add(recorder)
    if not _registered:
        _registered = True
        atexit.register(_close_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_begin_all_anew)


def ended(recorder: Lives) -> None:
    """Forget a recorder that was closed."""
    _live.discard(recorder)


def close_with_child() -> None:
    """See that recorders are closed at the end of a child of multiprocessing, which never comes to ``atexit``."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, _close_all, exitpriority=0)


def _close_all() -> None:
    for recorder in list(_live):
        recorder.close()


def _begin_all_anew() -> None:
    for recorder in list(_live):
        recorder.begin_anew()
