"""Delivery without its thread: each turn is a call, and time stands still until a test moves it."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_exporter.client.backoff import Backoff
from ml_exporter.client.buffer import Buffer, Lines
from ml_exporter.client.delivery import Delivery
from ml_exporter.client.events import Kind
from ml_exporter.client.settings import Connection, Limits
from ml_exporter.client.spool import Spool
from ml_exporter.client.told import Told
from ml_exporter.client.transport import Transport
from ml_exporter.clock import ManualClock


def line(number: int, **more: Any) -> bytes:
    """Return an event."""
    return json.dumps({"prediction_id": str(number), **more}).encode()


def lines(*numbers: int, kind: Kind = "predictions") -> Lines:
    """Return events."""
    return Lines(kind, [line(number) for number in numbers])


@dataclass
class Delivering:
    """The parts, and how to fill them."""

    buffer: Buffer
    spool: Spool | None
    transport: Transport
    delivery: Delivery
    clock: ManualClock
    put: int = 0

    def record(self, count: int, kind: Kind = "predictions") -> None:
        """Record events, numbered on."""
        for _ in range(count):
            self.buffer.put(kind, line(self.put))
            self.put += 1

    def turns(self) -> None:
        """Give turns until nothing can be done by now."""
        while self.delivery.turn() is not None and not self.delivery.away:
            pass

    def close(self) -> None:
        """End as a recorder does."""
        self.delivery.close()
        self.transport.close()


Deliver = Callable[..., Delivering]
"""Wires a delivery that is closed after the test: see ``delivering``."""


def delivering(
    url: str, folder: Path | None = None, limits: Limits | None = None, seed: int = 0, **options: Any
) -> Delivering:
    """Wire a delivery to a far end."""
    limits = limits or Limits()
    clock = ManualClock()
    buffer = Buffer(limits, lambda: None, lambda: None)
    spool = None if folder is None else Spool(folder, limits)
    transport = Transport(Connection(url, timeout=5.0))
    backoff, told = Backoff(random.Random(seed)), Told(clock.now)
    delivery = Delivery(buffer, spool, transport, backoff, told, limits, clock.now, **options)
    return Delivering(buffer, spool, transport, delivery, clock)
