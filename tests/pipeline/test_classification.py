"""From lines of JSON to /metrics for models that decide between classes, against scikit-learn over the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as reference

from ml_exporter.tallies import budget
from tests.catalogue.whole_path import random_events
from tests.pipeline.in_process import InProcess, Start, label, monitoring, prediction
from tests.scraped import Scraped

CLASSES = ["billing", "delivery", "returns"]
ROWS = 300
SEVERAL: dict[str, Any] = {
    "name": "routing",
    "task": "multiclass",
    "classes": CLASSES,
    "top_k": [2],
    "segments": ["language"],
    "objectives": {"f1_macro": 0.99, "top_2_accuracy": 0.1},
}
TWO: dict[str, Any] = {"name": "fraud", "task": "binary", "segments": ["country"]}


def routed(exporter: InProcess) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Send random outcomes; return scores, actual codes, and languages."""
    random = np.random.default_rng(1)
    scores, actual = random_events(random, ROWS, len(CLASSES))
    scores = np.round(scores, 6)
    language = random.choice(["fr", "de"], ROWS)
    exporter.predict(
        *(
            prediction(
                f"t{row}",
                model_name="routing",
                prediction=None,
                scores=dict(zip(CLASSES, scores[row].tolist(), strict=True)),
                segment={"language": str(language[row])},
            )
            for row in range(ROWS)
        )
    )
    exporter.label(*(label(f"t{row}", CLASSES[actual[row]]) for row in range(ROWS)))
    return scores, actual, language


def counted(metrics: Scraped, model: str) -> int:
    """Return the time series of a model."""
    return len([labels for _, labels in metrics if ("model_name", model) in labels])


def test_several_classes(tmp_path: Path, start: Start) -> None:
    configuration = monitoring(SEVERAL, windows=["1h"])
    exporter = start(tmp_path, configuration)
    scores, actual, language = routed(exporter)
    metrics = exporter.tick()
    predicted = scores.argmax(axis=1)

    assert metrics.one("ml_accuracy_ratio") == reference.accuracy_score(actual, predicted)
    for average in ("weighted", "macro"):
        f1 = reference.f1_score(actual, predicted, average=average)
        assert metrics.one("ml_averaged_f1_ratio", average=average) == pytest.approx(f1)
        area = np.average(
            [reference.roc_auc_score(actual == code, scores[:, code]) for code in range(len(CLASSES))],
            weights=np.bincount(actual) if average == "weighted" else None,
        )
        assert metrics.one("ml_averaged_auc_roc", average=average) == pytest.approx(area, abs=0.003)
    top = reference.top_k_accuracy_score(actual, scores, k=2)
    assert metrics.one("ml_top_k_accuracy_ratio", k="2") == top
    assert metrics.one("ml_top_k_accuracy_lower_bound_ratio", k="2") < top
    recalls = reference.recall_score(actual, predicted, average=None)
    for code, name in enumerate(CLASSES):
        assert metrics.one("ml_class_recall_ratio", **{"class": name}) == pytest.approx(recalls[code])
    matrix = reference.confusion_matrix(actual, predicted)
    for row, true in enumerate(CLASSES):
        for column, said in enumerate(CLASSES):
            assert metrics.one("ml_confusion_total", actual=true, predicted=said) == matrix[row, column]

    for name in ("fr", "de"):
        rows = language == name
        of_slice = reference.f1_score(actual[rows], predicted[rows], average="macro")
        found = metrics.one("ml_segment_averaged_f1_ratio", segment_value=name, average="macro")
        assert found == pytest.approx(of_slice)
        assert metrics.one("ml_segment_top_k_accuracy_ratio", segment_value=name, k="2") > 0
        assert metrics.one("ml_segment_matthews_correlation", segment_value=name) == pytest.approx(
            reference.matthews_corrcoef(actual[rows], predicted[rows])
        )
    beside = ("class", "confusion", "reliability", "threshold")
    assert not [name for name in metrics.names() if name.startswith(tuple(f"ml_segment_{part}_" for part in beside))]

    assert metrics.one("ml_objective_breached", metric="f1_macro") == 1
    assert metrics.one("ml_objective_breached", metric="top_2_accuracy") == 0


@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_no_more_time_series_are_made_than_were_promised(task: str, tmp_path: Path, start: Start) -> None:
    model = SEVERAL if task == "multiclass" else TWO
    configuration = monitoring(
        model, windows=["1h", "24h"], detection={"enabled": False}
    )  # a new store has no baseline
    exporter = start(tmp_path, configuration)
    if task == "multiclass":
        routed(exporter)
    else:
        events = [
            prediction(f"p{row}", prediction=None, score=row % 100 / 100, segment={"country": "FR"})
            for row in range(400)
        ]
        exporter.predict(*events)
        exporter.label(*(label(f"p{row}", int(row % 7 > 3)) for row in range(400)))
    promised = budget(configuration.models[0], configuration)
    slices = len(exporter.tick().all("ml_segment_window_outcomes", window="1h"))
    made = counted(exporter.tick(), configuration.models[0].name)
    limit = promised.version + slices * promised.slice
    assert 0.9 * limit < made <= limit
