"""A recorder's way to the exporter, through the life of its process: opened, forked, flushed, closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ml_exporter.client import lifetime
from ml_exporter.client.identifiers import Identifiers
from ml_exporter.client.settings import Settings
from ml_exporter.client.statistics import Statistics
from ml_exporter.client.told import Told

if TYPE_CHECKING:
    from ml_exporter.client.buffer import Buffer
    from ml_exporter.client.machinery import Machinery


class Channel:
    """Takes events in and brings them to the exporter in the background."""

    def __init__(self, settings: Settings | None, now: Callable[[], float], identifiers: Identifiers) -> None:
        """Begin.

        Args:
            settings: how to deliver; ``None``: not at all.
            now: tells the time, in seconds since the epoch.
            identifiers: makes ids.
        """
        self.identifiers = identifiers
        self.closed = False
        self._settings = settings
        self._now = now
        self._begin()
        lifetime.began(self)

    def _begin(self) -> None:
        self.told = Told(self._now)
        self._invalid = 0
        self._machinery = None if self._settings is None else _machinery(self._settings, self.told)
        self.buffer: Buffer | None = None if self._machinery is None else self._machinery.buffer
        """Where events go in; ``None``: nowhere."""

    def begin_anew(self) -> None:
        """Begin without events in a process that was forked off: those that wait are its parent's."""
        if self._machinery is not None:
            self._machinery.abandon()
        self.identifiers = Identifiers()
        self._begin()

    def invalid(self, what: str, error: Exception) -> None:
        """Count and tell something that could not be recorded.

        Args:
            what: what it was.
            error: why not.
        """
        self._invalid += 1
        self.told.warn(f"invalid {what}", "%s not recorded: %s: %s", what, type(error).__name__, error)

    @property
    def statistics(self) -> Statistics:
        """Return its counts so far."""
        if self._machinery is None:
            return Statistics(invalid=self._invalid)
        buffer, delivery = self._machinery.buffer, self._machinery.delivery
        return Statistics(
            recorded=buffer.recorded,
            invalid=self._invalid,
            accepted=delivery.accepted,
            duplicate=delivery.duplicate,
            rejected=delivery.rejected,
            dropped=buffer.dropped + delivery.lost_on_disk,
            adopted=delivery.adopted,
            pending=buffer.events,
            spooled=delivery.spooled,
            spooled_bytes=delivery.spooled_bytes,
            requests=delivery.requests,
            failed_requests=delivery.failed_requests,
            last_error=delivery.last_error,
        )

    def flush(self, timeout: float) -> bool:
        """Wait until the exporter has everything, ``timeout`` seconds at most, and tell whether it has."""
        return self._machinery is None or self._machinery.worker.flush(timeout)

    def close(self, timeout: float = lifetime.CLOSE_SECONDS) -> None:
        """Send what can be sent within ``timeout`` seconds, keep the rest in the spool, and end."""
        lifetime.ended(self)
        self.closed = True
        if self._machinery is not None and self._settings is not None:
            self._machinery.buffer.close()
            self._machinery.worker.close(timeout, self._settings.connection.timeout)


def _machinery(settings: Settings, told: Told) -> "Machinery":
    from ml_exporter.client.machinery import Machinery  # noqa: PLC0415 - a client of HTTP is loaded where it is needed

    return Machinery(settings, told)
