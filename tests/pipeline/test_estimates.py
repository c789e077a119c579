"""Quality before labels, through the engine: told while the realised one still knows nothing."""

from pathlib import Path

import numpy as np

from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

HOUR = 3600.0


def test_an_objective_of_an_estimate_is_breached_before_any_label_of_the_hard_cases_is_in(
    tmp_path: Path, start: Start
) -> None:
    objective = {"threshold": 0.8, "minimum_outcomes": 100}
    model = {"name": "fraud", "task": "binary", "objectives": {"estimated_accuracy": objective}}
    exporter = start(tmp_path, monitoring(model, windows=["1h", "24h"]))
    random = np.random.default_rng(1)
    scores = random.beta(0.4, 0.4, 3000)
    actual = random.random(3000) < scores
    said = {"prediction": None, "timestamp": NOW - 5 * HOUR}
    exporter.predict(*(prediction(f"easy-{row}", score=score, **said) for row, score in enumerate(scores.tolist())))
    exporter.label(
        *(label(f"easy-{row}", int(true), timestamp=NOW - 4 * HOUR) for row, true in enumerate(actual.tolist()))
    )
    calm = exporter.tick()
    assert calm.one("ml_estimated_accuracy_ratio", window="24h") > 0.8
    assert calm.one("ml_objective_breached", metric="estimated_accuracy") == 0
    hard = random.uniform(0.4, 0.6, 500).tolist()
    exporter.predict(*(prediction(f"hard-{row}", prediction=None, score=score) for row, score in enumerate(hard)))
    metrics = exporter.tick()
    assert metrics.one("ml_estimated_accuracy_ratio", window="1h") < 0.7
    assert metrics.one("ml_objective_breached", metric="estimated_accuracy") == 1
    assert metrics.all("ml_accuracy_ratio", window="1h") == {}
