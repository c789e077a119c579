"""What stands behind a recorder: memory, spool, transport and thread, wired; made anew where its process is forked."""

import random
import time

from ml_exporter.client.backoff import Backoff
from ml_exporter.client.buffer import Buffer
from ml_exporter.client.delivery import Delivery
from ml_exporter.client.settings import Settings
from ml_exporter.client.spool import Spool
from ml_exporter.client.told import Told
from ml_exporter.client.transport import Transport
from ml_exporter.client.worker import Worker


class Machinery:
    """The parts of one recorder in one process."""

    def __init__(self, settings: Settings, told: Told) -> None:
        """Wire them. Nothing is opened and no thread begins before the first event.

        Args:
            settings: what the recorder was told.
            told: its log.
        """
        limits = settings.limits
        self.worker = Worker(limits.flush_every)
        self.buffer = Buffer(limits, self.worker.wake, self.worker.hurry)
        self.transport = Transport(settings.connection)
        self.spool = None if settings.spool is None else Spool(settings.spool, limits, fsync=settings.fsync)
        self.delivery = Delivery(
            self.buffer,
            self.spool,
            self.transport,
            Backoff(random.Random()),  # noqa: S311 - jitter, no secret
            told,
            limits,
            time.monotonic,
            write_ahead=settings.write_ahead,
        )
        self.worker.serve(self.delivery, self.buffer, self.transport, told)

    def abandon(self) -> None:
        """Let go of what was inherited from the process that this one was forked from."""
        self.transport.abandon()
        if self.spool is not None:
            self.spool.abandon()
