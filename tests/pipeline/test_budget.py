"""The time series that are counted before start are those that a model shows when it shows everything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_exporter.tallies import budget, worst_case
from tests.pipeline.in_process import NOW, InProcess, label, monitoring, prediction

HOUR = 3600.0
FEATURES = [
    {"name": "amount", "kind": "numeric", "range": [0, 5]},
    {"name": "age", "kind": "numeric"},
    {"name": "channel", "kind": "categorical"},
]
COMMON: dict[str, Any] = {
    "name": "fraud",
    "segments": ["country"],
    "max_segment_values": 2,
    "features": FEATURES,
    "missing_label": {"after": "30h", "actual": 0},
}
MODELS: dict[str, dict[str, Any]] = {
    "binary": {
        "objectives": {"accuracy": 0.5, "prediction_latency_p99": 1.0},
        "business": {"conversion": True, "value": "amount", "currency": "EUR", "costs": {"false_positive": 1}},
    },
    "multiclass": {"classes": ["0", "1", "2"], "top_k": [2]},
    "regression": {"objectives": {"r2": 0.1}},
    "ranking": {"k": [1, 5], "missing_label": None},
}
CLASSES = ("0", "1", "2")


def said_and_true(task: str, row: int, random: np.random.Generator) -> tuple[dict[str, Any], Any]:
    """Return what a model says of a case, and what is true."""
    if task == "regression":
        actual = float(random.normal(100, 20))
        said = actual + float(random.normal(0, 5))
        return {"prediction": said, "lower": said - 8, "upper": said + 8}, actual
    if task == "ranking":
        return {"prediction": None, "items": [f"i{number}" for number in random.permutation(20)]}, {f"i{row % 20}": 1}
    if task == "multiclass":
        scores = random.dirichlet([0.2, 0.2, 0.2])
        given = dict(zip(CLASSES, scores.tolist(), strict=True))
        return {"prediction": CLASSES[row // 3 % 3], "scores": given}, CLASSES[random.choice(3, p=scores)]
    score = float(np.clip(random.beta(0.3, 0.3), 0, 0.9995))
    return {"prediction": None, "score": score}, int(random.random() < score)


def cases(task: str, hours_ago: float, rows: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return predictions of half an hour, with everything that they may bring, and their labels."""
    random = np.random.default_rng(int(hours_ago * 100))
    for row in range(rows):
        said, true = said_and_true(task, row, random)
        features = {"amount": float(random.exponential(2)), "age": row % 50, "channel": f"c{row % 3}"}
        identifier, made_at = f"{hours_ago}-{row}", NOW - hours_ago * HOUR + row * HOUR / 2 / rows
        common = {"timestamp": made_at, "latency_seconds": 0.1, "features": features}
        segment = {"country": ["DE", "FR", "IT"][row % 3]}
        yield (
            prediction(identifier, **said, **common, segment=segment),
            label(identifier, true, timestamp=made_at + 60),
        )


@pytest.mark.parametrize("task", sorted(MODELS))
@pytest.mark.parametrize("off", [[], ["ml_feature_*", "ml_prediction_psi", "ml_segment_*bound*", "ml_estimated_*"]])
def test_a_model_that_shows_everything_shows_exactly_what_was_counted(
    task: str, off: list[str], tmp_path: Path
) -> None:
    model = COMMON | {"task": task} | MODELS[task]
    configuration = monitoring(model, windows=["1h", "24h"], detection={"enabled": False}, switched_off=off)
    exporter = InProcess(tmp_path, configuration)
    for hours_ago, rows in ((25.0, 60), (5.0, 3000), (1.2, 60), (0.7, 900)):
        predictions, labels = zip(*cases(task, hours_ago, rows), strict=True)
        exporter.predict(*predictions, prediction(None, status="timeout", prediction=None))
        exporter.label(*labels)
    metrics = exporter.tick()
    exporter.close()
    of_the_model = [
        (name, labels) for name, labels in metrics if {label for label, _ in labels} >= {"model_name", "model_version"}
    ]
    settings = configuration.models[0]
    counted = budget(settings, configuration)
    slices = [labels for name, labels in of_the_model if "segment_key" in dict(labels)]
    assert len(slices) == 3 * counted.slice
    assert len(of_the_model) - len(slices) == counted.version
    assert len(of_the_model) == worst_case(settings, configuration)
