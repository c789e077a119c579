"""A healthy exporter and its feeds, to make ill: files, perhaps a store that has read them, and the real command."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ml_exporter.clock import ManualClock
from ml_exporter.feeds import DeadLetter, FeedContext, kinds
from ml_exporter.ledger import Ledger
from ml_exporter.pipeline import Engine, FeedStatus, load_configuration, open_store
from tests.cli.commands import invoke

ROWS = 200
_KINDS = ("predictions", "labels")

Event = dict[str, Any]
Change = Callable[[Event], Mapping[str, Any]]


class Patient:
    """Writes events of the last half hour, whose labels come ten minutes after them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = time.time()
        self.configuration: dict[str, Any] = {
            "models": [{"name": "fraud", "task": "binary"}],
            "feeds": [{"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in _KINDS],
            "windows": ["1h", "24h"],
        }
        times = [self.now - 1800 + row * 6 for row in range(ROWS)]
        self.predictions: list[Event] = [
            {
                "prediction_id": f"r-{row}",
                "model_name": "fraud",
                "model_version": "v1",
                "timestamp": at,
                "score": row % 10 / 10,
            }
            for row, at in enumerate(times)
        ]
        self.labels: list[Event] = [
            {"prediction_id": f"r-{row}", "timestamp": at + 600, "actual": row % 2} for row, at in enumerate(times)
        ]

    def change(self, events: Sequence[Event], change: Change) -> None:
        """Change events."""
        for event in events:
            event.update(change(event))

    def write(self) -> None:
        """Write configuration and events down."""
        (self.folder / "monitoring.yml").write_text(yaml.safe_dump(self.configuration))
        for name in _KINDS:
            lines = "".join(json.dumps(event) + "\n" for event in getattr(self, name))
            (self.folder / f"{name}-1.jsonl").write_text(lines)

    def live(self) -> None:
        """Let an exporter read all of it, tick once, and end."""
        self.running().close()

    def running(self) -> Ledger:
        """Let an exporter read all of it, and tick once; return its store, which it still owns."""
        at = self.now
        monitoring = load_configuration(self.folder / "monitoring.yml")
        store = self.folder / "data"
        ledger = open_store(store)
        engine = Engine(monitoring, ledger)
        for settings in monitoring.feeds:
            models = {model.name: model for model in monitoring.models_of(settings)}
            context = FeedContext(self.folder, models, ManualClock(at))
            feed = kinds()[settings.kind].open(settings, context, engine.position(settings.name))
            while batch := feed.read():
                DeadLetter(store / "dead-letter" / f"{settings.name}.jsonl").append(batch.feed, batch.rejections, at)
                engine.process(batch, at)
        engine.tick(at, {settings.name: FeedStatus() for settings in monitoring.feeds})
        return ledger

    def examined(self) -> str:
        """Return what the command says; it exits with 1 where it finds something, and with 0 otherwise."""
        told = invoke("doctor", self.folder / "monitoring.yml", columns=200)
        assert told.stderr == ""
        assert told.exit_code == (0 if told.stdout.endswith("\nNothing found.\n") else 1), told.output
        return told.stdout
