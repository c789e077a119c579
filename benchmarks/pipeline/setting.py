"""The setting of the measurements: a model with many versions, two feeds of files, an engine over a store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.pipeline import events
from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.config import Monitoring
from ml_exporter.feeds import Batch, FeedContext
from ml_exporter.pipeline import plug_in_kinds

BEGIN = 1.7e9
"""The time of the first event, seconds since the epoch."""


def settings(*, features: bool = False, **options: Any) -> dict[str, Any]:
    """Return a configuration as a file has it."""
    model: dict[str, Any] = {"name": "fraud", "task": "binary", "max_timeseries": 10_000_000}
    if features:
        model["features"] = [f"f{place}" for place in range(events.FEATURES)]
    both = [
        {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in ("predictions", "labels")
    ]
    return {"models": [model], "feeds": both, **options}


def monitoring(*, features: bool = False) -> Monitoring:
    """Return a configuration."""
    return Monitoring.model_validate(settings(features=features), context=vars(plug_in_kinds()))


def batches(configured: Monitoring, feed: str, folder: Path, clock: ManualClock) -> Iterator[Batch]:
    """Read a feed's files to their end."""
    own = next(one for one in configured.feeds if one.name == feed)
    models = {model.name: model for model in configured.models}
    opened = feeds.kinds()["file"].open(own, FeedContext(folder, models, clock), None)
    while (batch := opened.read()) is not None:
        yield batch


def write_events(folder: Path, first: int, count: int, *, features: bool = False) -> None:
    """Write predictions and their labels into the files of both feeds."""
    predictions = events.prediction_lines(first, count, BEGIN, features=features)
    events.write(folder / "predictions.jsonl", predictions)
    events.write(folder / "labels.jsonl", events.label_lines(first, count, BEGIN))
