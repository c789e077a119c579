"""One command: events a second of the processor, with and without features; docs/drift.md gets the table."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import pages
from ml_exporter.clock import ManualClock
from ml_exporter.config import Monitoring
from ml_exporter.feeds import Batch, FeedContext
from ml_exporter.feeds.decoding import JsonEvents
from ml_exporter.pipeline import Engine, open_store, plug_in_kinds

PAGE = pages.DOCS / "drift.md"
BATCH = 20_000
BATCHES = 6
"""Of which the first only fills the first bucket: sampling knows no rate before, and caches are cold."""

NOW = 1.7e9
A_SECOND = 1000
"""Predictions, by their own time."""

CASES = ((0, None), (10, None), (50, None), (50, A_SECOND / 10))
"""Features that are watched, half of them categories, and the rate up to which they are looked at."""


def configuration(features: int, rate: float | None) -> Monitoring:
    """Return that of one binary model."""
    model = {"name": "fraud", "task": "binary", "features": names(features), "max_feature_rate": rate}
    feed = {"name": "predictions", "kind": "file", "path": "*.jsonl", "events": "predictions"}
    return Monitoring.model_validate({"models": [model], "feeds": [feed]}, context=vars(plug_in_kinds()))


def names(features: int) -> list[str]:
    """Return the names of so many features."""
    return [f"feature_{number}" for number in range(features)]


def lines(batch: int, features: int) -> list[bytes]:
    """Return one batch of predictions as JSON."""
    random = np.random.default_rng(batch)
    scores = random.random(BATCH).tolist()
    numbers = random.lognormal(size=(features, BATCH)).tolist()
    categories = random.integers(0, 30, (features, BATCH)).tolist()
    events = []
    for row in range(BATCH):
        number = batch * BATCH + row
        event: dict[str, Any] = {
            "prediction_id": f"request-{number}",
            "model_name": "fraud",
            "timestamp": NOW + number / A_SECOND,
            "score": scores[row],
        }
        event["features"] = {
            name: numbers[place][row] if place % 2 else f"category {categories[place][row]}"
            for place, name in enumerate(names(features))
        }
        events.append(json.dumps(event).encode())
    return events


def measure(features: int, rate: float | None) -> tuple[float, float]:
    """Return the microseconds of the processor that an event takes: to be decoded, and to be joined and tallied."""
    monitoring, at = configuration(features, rate), NOW + BATCH * BATCHES / A_SECOND
    models = {model.name: model for model in monitoring.models}
    decoding = folding = 0.0
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_store(Path(folder))
        engine = Engine(monitoring, ledger)
        decoder = JsonEvents(monitoring.feeds[0], FeedContext(Path(), models, ManualClock(at)))
        for number in range(BATCHES):
            events = lines(number, features)
            began = time.process_time()
            decoded = decoder.decode(events, "line {}".format)
            read = time.process_time()
            batch = Batch("predictions", decoded.events, (), str(number).encode(), behind=False, newest=decoded.newest)
            engine.process(batch, at)
            if number:
                decoding += read - began
                folding += time.process_time() - read
            assert not decoded.rejections
        ledger.close()
    events_measured = BATCH * (BATCHES - 1)
    return 1e6 * decoding / events_measured, 1e6 * folding / events_measured


def table() -> str:
    """Return the costs side by side."""
    rows = [
        "| Features | Looked at | Decode, us an event | Join and tally, us an event | Events a CPU second |",
        "| ---: | --- | ---: | ---: | ---: |",
    ]
    for features, rate in CASES:
        decoding, folding = measure(features, rate)
        looked_at = "all" if rate is None else f"{rate / A_SECOND:.0%}"
        rows.append(
            f"| {features} | {looked_at if features else ''} | {decoding:.1f} | {folding:.1f}"
            f" | {1e6 / (decoding + folding):,.0f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    costs = table()
    print(costs)
    pages.put(PAGE, "features", costs)
