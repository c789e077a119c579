"""Snapshots for the tests of the page: a model that has degraded, and fleets of many."""

from pathlib import Path

from ml_exporter.snapshot import Snapshot
from tests.pipeline.in_process import InProcess, label, monitoring, prediction

_BEGIN = 1_700_006_400.0
_HEALTHY_MINUTES = 110
_BAD_MINUTES = 10


def degraded_engine(folder: Path, name: str = "flight_delay") -> Snapshot:
    """Return a snapshot of a model that was right for two hours, and then wrong about flights from JFK."""
    model = {
        "name": name,
        "task": "binary",
        "segments": ["origin"],
        "objectives": {"accuracy": 0.84},
        "baseline": {"period": "1h"},
    }
    exporter = InProcess(folder, monitoring(model, allowed_lateness="1s"), _BEGIN)
    for minute in range(_HEALTHY_MINUTES + _BAD_MINUTES):
        bad = minute >= _HEALTHY_MINUTES
        at = exporter.at
        predictions, labels = [], []
        for row in range(60):
            origin, identifier = ("JFK", "EWR", "LGA")[row % 3], f"{minute}-{row}"
            wrong = row % 15 == minute % 15 or (bad and origin == "JFK")
            told = {"model_name": name, "timestamp": at + row, "segment": {"origin": origin}, "latency_seconds": 0.04}
            predictions.append(prediction(identifier, **told))
            labels.append(label(identifier, int(not wrong), timestamp=at + row + 0.5))
        exporter.predict(*predictions)
        exporter.label(*labels)
        exporter.at += 60
        if minute == 0 or minute >= _HEALTHY_MINUTES - 2:
            exporter.tick()
    snapshot = exporter.snapshot()
    exporter.close()
    return snapshot


def fleet(folder: Path, count: int, wrong: int = 1) -> Snapshot:
    """Return a snapshot of so many models, the last so many of which miss their objective."""
    names = [f"model-{number:02d}" for number in range(count)]
    models = ({"name": name, "task": "binary", "objectives": {"accuracy": 0.9}} for name in names)
    exporter = InProcess(folder, monitoring(*models))
    for place, name in enumerate(names):
        right = place < count - wrong
        exporter.predict(*(prediction(f"{name}-{number}", model_name=name) for number in range(100)))
        exporter.label(*(label(f"{name}-{number}", int(right)) for number in range(100)))
    snapshot = exporter.snapshot()
    exporter.close()
    return snapshot
