"""What systemd is told: that the exporter is ready, alive, and about to stop (sd_notify(3)). Elsewhere: nothing."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from math import inf


class ServiceManager:
    """Tells the service manager, where there is one that wants to hear it. Telling never fails and never waits."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        """Find out who wants to hear what.

        Args:
            environment: variables as systemd sets them; the process's own by default.
            timer: the time in seconds, from any beginning.
        """
        variables = os.environ if environment is None else environment
        self._address = variables.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._timer = timer
        self._ready = False
        self._alive_at = -inf
        self.interval = _watchdog_interval(variables)
        """Seconds after which the next sign of life is due at the latest; infinite where none is wanted."""

    def ready(self) -> None:
        """Tell once that the first metrics can be scraped."""
        if not self._ready:
            self._ready = True
            self._tell("READY=1\nSTATUS=Serving metrics")

    def alive(self) -> None:
        """Give a sign of life, unless the last one is fresh."""
        if self.interval < inf and self._timer() - self._alive_at >= self.interval:
            self._alive_at = self._timer()
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self._tell("STOPPING=1\nSTATUS=Stopping")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as telling:
            telling.setblocking(False)
            try:
                telling.sendto(message.encode(), self._address)
            except OSError:  # a manager that does not listen is no reason to end
                return


def _watchdog_interval(variables: Mapping[str, str]) -> float:
    """Return half of the time that the watchdog grants, as sd_watchdog_enabled(3) recommends."""
    granted, meant_for = variables.get("WATCHDOG_USEC", ""), variables.get("WATCHDOG_PID", str(os.getpid()))
    return int(granted) / 2e6 if granted.isdigit() and int(granted) and meant_for == str(os.getpid()) else inf
