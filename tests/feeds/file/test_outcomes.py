"""Rows that are joined already, from files of every format to /metrics, against scikit-learn over the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as reference

from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.feeds import FeedContext
from tests.feeds.formats.writing import FILES
from tests.pipeline.in_process import NOW, InProcess, monitoring
from tests.scraped import Scraped

ROWS = 400
CLASSES = ["billing", "delivery", "returns"]
RANDOM = np.random.default_rng(11)


def taken_in(folder: Path, ending: str, rows: list[dict[str, Any]], model: dict[str, Any]) -> Scraped:
    """Write rows into two files, read them as a feed of outcomes, and return what /metrics shows."""
    for number, part in enumerate((rows[:150], rows[150:])):
        (folder / f"rows-{number}.{ending}").write_bytes(FILES[ending](part))
    feed = {"name": "rows", "kind": "file", "path": "rows-*", "events": "outcomes", "models": [model["name"]]}
    exporter = InProcess(folder / "data", monitoring(model, feeds=[feed], windows=["1h"]))
    try:
        (settings,) = exporter.monitoring.feeds
        models = {one.name: one for one in exporter.monitoring.models}
        opened = feeds.kinds()["file"].open(settings, FeedContext(folder, models, ManualClock(NOW)), None)
        read = 0
        while (batch := opened.read()) is not None:
            assert batch.rejections == ()
            exporter.engine.process(batch, NOW)
            read += batch.read
        assert read == len(rows)
        return exporter.tick()
    finally:
        exporter.close()


def row(number: int, model: str, **fields: Any) -> dict[str, Any]:
    """Return a joined row, the id of which begins with zeros."""
    times = {"timestamp": NOW - 900 + number, "label_timestamp": NOW - 300 + number / 2}
    return {"prediction_id": f"{number:06d}", "model_name": model, "model_version": "1.0", **times, **fields}


@pytest.mark.parametrize("ending", FILES)
def test_a_binary_model(tmp_path: Path, ending: str) -> None:
    score = np.round(RANDOM.random(ROWS), 4)
    actual = (RANDOM.random(ROWS) < score).astype(int)
    country = RANDOM.choice(["DE", "FR", "01"], ROWS)
    rows = [
        row(number, "fraud", score=score[number].item(), segment={"country": str(country[number])}, actual=int(truth))
        for number, truth in enumerate(actual)
    ]
    metrics = taken_in(tmp_path, ending, rows, {"name": "fraud", "task": "binary", "segments": ["country"]})
    predicted = (score >= 0.5).astype(int)
    assert metrics.one("ml_labels_total", model_version="1.0") == ROWS
    assert metrics.one("ml_accuracy_ratio") == pytest.approx(reference.accuracy_score(actual, predicted))
    assert metrics.one("ml_recall_ratio") == pytest.approx(reference.recall_score(actual, predicted))
    assert metrics.one("ml_brier_score") == pytest.approx(reference.brier_score_loss(actual, score), abs=1e-3)
    for value in ("DE", "FR", "01"):
        own = country == value
        expected = reference.accuracy_score(actual[own], predicted[own])
        assert metrics.one("ml_segment_accuracy_ratio", segment_value=value) == pytest.approx(expected)


@pytest.mark.parametrize("ending", FILES)
def test_a_multiclass_model(tmp_path: Path, ending: str) -> None:
    scores = np.round(RANDOM.dirichlet([1.0, 1.0, 1.0], ROWS), 4)
    actual = RANDOM.choice(CLASSES, ROWS)
    rows = [
        row(number, "routing", scores=dict(zip(CLASSES, scores[number].tolist(), strict=True)), actual=str(truth))
        for number, truth in enumerate(actual)
    ]
    metrics = taken_in(tmp_path, ending, rows, {"name": "routing", "task": "multiclass", "classes": CLASSES})
    predicted = np.array(CLASSES)[scores.argmax(axis=1)]
    assert metrics.one("ml_accuracy_ratio") == pytest.approx(reference.accuracy_score(actual, predicted))
    for average in ("weighted", "macro"):
        expected = reference.f1_score(actual, predicted, average=average)
        assert metrics.one("ml_averaged_f1_ratio", average=average) == pytest.approx(expected)


@pytest.mark.parametrize("ending", FILES)
def test_a_regression_model(tmp_path: Path, ending: str) -> None:
    predicted = np.round(RANDOM.normal(50, 20, ROWS), 3)
    actual = np.round(predicted + RANDOM.normal(0, 5, ROWS), 3)
    rows = [
        row(number, "prices", prediction=predicted[number].item(), actual=truth)
        for number, truth in enumerate(actual.tolist())
    ]
    metrics = taken_in(tmp_path, ending, rows, {"name": "prices", "task": "regression"})
    expected = reference.mean_squared_error(actual, predicted)
    assert metrics.one("ml_mean_squared_error") == pytest.approx(expected)
    assert metrics.one("ml_mean_absolute_error") == pytest.approx(reference.mean_absolute_error(actual, predicted))


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_ranking_model(tmp_path: Path, ending: str) -> None:
    """Lists stand in a cell of CSV as JSON; a table of Parquet has lists of their own type."""
    rows = [
        row(number, "shop", items=[f"i{(number + place) % 7}" for place in range(4)], actual=[f"i{number % 5}"])
        for number in range(ROWS)
    ]
    metrics = taken_in(tmp_path, ending, rows, {"name": "shop", "task": "ranking", "k": [3]})
    hits = np.mean([one["actual"][0] in one["items"][:3] for one in rows])
    assert metrics.one("ml_hit_ratio", k="3") == pytest.approx(hits)
