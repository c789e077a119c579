"""An exporter in this process: the real server, the real loop and a real store, to which tests send events."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ml_exporter.clock import WallClock
from ml_exporter.config import Monitoring
from ml_exporter.feeds import Inboxes
from ml_exporter.feeds.http.content import COLUMNS
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline import Engine, open_store, plug_in_kinds
from ml_exporter.pipeline.daemon import Daemon, Stop
from ml_exporter.pipeline.endpoint import Endpoint
from ml_exporter.pipeline.reload import Reloads
from ml_exporter.pipeline.service_manager import ServiceManager
from ml_exporter.server import SnapshotHolder
from tests.scraped import Scraped
from tests.stack.waiting import eventually

MODELS = [{"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"}]


def feed(events: str = "predictions", **options: Any) -> dict[str, Any]:
    """Return a feed over HTTP."""
    return {"name": events, "kind": "http", "events": events, **options}


def configured(*feeds: Mapping[str, Any], **options: Any) -> Monitoring:
    """Return a configuration; without feeds, one of predictions and one of labels."""
    values = {
        "models": MODELS,
        "feeds": list(feeds) or [feed("predictions"), feed("labels")],
        "server": {"listen": ["127.0.0.1:0"]},
        "tick": "200ms",
        **options,
    }
    return Monitoring.model_validate(values, context=vars(plug_in_kinds()))


def prediction(identifier: object, **changes: Any) -> dict[str, Any]:
    """Return a sound prediction, with changes; ``...`` leaves a field out."""
    event = {
        "prediction_id": identifier,
        "model_name": "fraud",
        "timestamp": time.time() - 60,
        "prediction": 1,
    } | changes
    return {name: value for name, value in event.items() if value is not ...}


def label(identifier: object, **changes: Any) -> dict[str, Any]:
    """Return a sound label, with changes."""
    return {"prediction_id": identifier, "timestamp": time.time() - 30, "actual": 1, **changes}


def as_lines(events: Sequence[object]) -> bytes:
    """Return events as lines."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def as_columns(events: Sequence[Mapping[str, Any]]) -> bytes:
    """Return events as columns."""
    names = dict.fromkeys(name for event in events for name in event)
    return json.dumps({name: [event.get(name) for event in events] for name in names}).encode()


@dataclass
class Receiving:
    """The running exporter."""

    ledger: Ledger
    inboxes: Inboxes
    holder: SnapshotHolder
    endpoint: Endpoint
    stop: Stop
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.endpoint.server.urls[0], timeout=30)

    def send(
        self, events: object, path: str = "predictions", media_type: str = "application/json", **headers: str
    ) -> httpx.Response:
        """Send events; bytes as they are, anything else as JSON."""
        content = events if isinstance(events, bytes) else json.dumps(events).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1/{path}", content=content, headers={"Content-Type": media_type, **given})

    def send_columns(self, events: Sequence[Mapping[str, Any]], path: str = "predictions") -> httpx.Response:
        """Send events as columns."""
        return self.send(as_columns(events), path, COLUMNS)

    def metrics(self) -> Scraped:
        """Return what is scraped now."""
        return Scraped(self.client.get("/metrics").content)

    def shows(self, name: str, value: float, **labels: str) -> Scraped:
        """Wait until a snapshot shows a value."""

        def look() -> Scraped | None:
            metrics = None if self.holder.snapshot is None else Scraped(self.holder.snapshot.text.text)
            return metrics if metrics and list(metrics.all(name, **labels).values()) == [value] else None

        return eventually(look, f"{name} is {value}")


@contextmanager
def receiving(folder: Path, monitoring: Monitoring | None = None) -> Iterator[Receiving]:
    """Run the exporter while the context lasts, as ``run`` does but for signals."""
    monitoring = monitoring or configured()
    clock, stop, holder = WallClock(), Stop(), SnapshotHolder()
    inboxes = Inboxes()
    endpoint = Endpoint(monitoring, folder, holder, clock, Reloads(clock, stop.wake.set), inboxes)
    endpoint.server.start()
    ledger = open_store(folder / monitoring.store.path)
    manager = ServiceManager({})
    daemon = Daemon(monitoring, folder, Engine(monitoring, ledger), holder, clock, stop, manager, inboxes=inboxes)
    thread = threading.Thread(target=daemon.run, daemon=True)
    thread.start()
    running = Receiving(ledger, inboxes, holder, endpoint, stop)
    try:
        eventually(lambda: len(inboxes.all()) == len(inboxes.paths), "the inboxes are open")
        yield running
    finally:
        stop.ask()
        thread.join(timeout=30)
        holder.end()
        running.client.close()
        endpoint.server.stop()
        ledger.close()
