"""Snapshots of a small engine, for tests that only need some."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml_exporter.detectors import Verdict
from ml_exporter.snapshot import Snapshot
from ml_exporter.tallies import SeriesKey
from tests.pipeline.in_process import InProcess, label, monitoring, prediction


def snapshot_of(folder: Path, *models: Mapping[str, Any], **options: Any) -> Snapshot:
    """Return a snapshot of models, the first of which was right ten times of ten."""
    models = models or ({"name": "fraud", "task": "binary"},)
    exporter = InProcess(folder, monitoring(*models, **options))
    names = [f"p{number}" for number in range(10)]
    exporter.predict(*(prediction(name, model_name=models[0]["name"]) for name in names))
    exporter.label(*(label(name) for name in names))
    exporter.at += 600  # so that the buckets have ended
    snapshot = exporter.snapshot()
    exporter.close()
    return snapshot


def with_breaches(snapshot: Snapshot, count: int, model: str = "fraud", at: float | None = None) -> Snapshot:
    """Return a snapshot that says of so many versions of a model that they miss their accuracy."""
    verdicts = [Verdict(SeriesKey(model, f"v{number}"), "accuracy", 0.9, breached=True) for number in range(count)]
    return replace(
        snapshot,
        at=snapshot.at if at is None else at,
        observation=replace(snapshot.observation, verdicts=verdicts),
    )
