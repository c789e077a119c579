"""From lines of JSON to /metrics for models that put items in order, against a plain loop over the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_exporter.tallies import budget
from tests.catalogue.rankings import plain
from tests.catalogue.test_ranking import random_rankings
from tests.pipeline.in_process import NOW, Start, label, monitoring, prediction

ROWS = 200
FILMS: dict[str, Any] = {
    "name": "films",
    "task": "ranking",
    "k": [1, 5, 10],
    "segments": ["page"],
    "objectives": {"ndcg_10": 0.99, "hit_ratio_5": 0.1},
}
FAMILIES = {
    "ndcg": "ml_ndcg",
    "mean_reciprocal_rank": "ml_mean_reciprocal_rank",
    "mean_average_precision": "ml_mean_average_precision",
    "hit_ratio": "ml_hit_ratio",
    "ranking_precision": "ml_ranking_precision_ratio",
    "ranking_recall": "ml_ranking_recall_ratio",
}


@pytest.mark.parametrize("restarted", [False, True])
def test_rankings(tmp_path: Path, start: Start, restarted: bool) -> None:
    configuration = monitoring(FILMS, windows=["1h"], detection={"enabled": False})
    exporter = start(tmp_path, configuration)
    lists, relevant = random_rankings(ROWS)
    pages = np.random.default_rng(2).choice(["home", "search"], ROWS)
    exporter.predict(
        *(
            prediction(
                f"r{row}", model_name="films", prediction=None, items=lists[row], segment={"page": str(pages[row])}
            )
            for row in range(ROWS)
        )
    )
    if restarted:
        exporter.restart()
    exporter.label(*(label(f"r{row}", relevant[row]) for row in range(ROWS)))  # type: ignore[arg-type]
    metrics = exporter.tick()

    for k in (1, 5, 10):
        for metric_id, expected in plain(lists, relevant, k).items():
            family = FAMILIES[metric_id.rpartition("_")[0]]
            assert metrics.one(family, k=str(k)) == pytest.approx(expected), metric_id
    assert metrics.one("ml_window_relevant_outcomes") == sum(map(bool, relevant))
    assert metrics.one("ml_ndcg_lower_bound", k="10") < metrics.one("ml_ndcg", k="10")
    for page in ("home", "search"):
        rows = np.flatnonzero(pages == page)
        expected = plain([lists[row] for row in rows], [relevant[row] for row in rows], 10)["ndcg_10"]
        assert metrics.one("ml_segment_ndcg", k="10", segment_value=page) == pytest.approx(expected)
    assert metrics.one("ml_objective_breached", metric="ndcg_10") == 1
    assert metrics.one("ml_objective_breached", metric="hit_ratio_5") == 0

    promised = budget(configuration.models[0], configuration)
    made = len([labels for _, labels in metrics if ("model_name", "films") in labels])
    limit = promised.version + 2 * promised.slice
    assert 0.9 * limit < made <= limit


def test_the_same_label_in_another_order_is_a_duplicate_and_another_one_a_conflict(
    tmp_path: Path, start: Start
) -> None:
    exporter = start(tmp_path, monitoring(FILMS, windows=["1h"]))
    exporter.predict(prediction("r", model_name="films", prediction=None, items=["a", "b"]))
    exporter.label(label("r", {"b": 1, "c": 2}))  # type: ignore[arg-type]
    exporter.label(label("r", {"c": 2.0, "b": True, "a": 0}))  # type: ignore[arg-type]
    assert exporter.tick().one("ml_exporter_label_conflicts_total") == 0
    exporter.label(label("r", ["a"]))  # type: ignore[arg-type]
    metrics = exporter.tick()
    assert metrics.one("ml_exporter_label_conflicts_total") == 1
    assert metrics.one("ml_mean_reciprocal_rank", k="10") == 0.5


def test_silence_may_mean_that_nothing_was_relevant(tmp_path: Path, start: Start) -> None:
    silent = {**FILMS, "missing_label": {"after": "1h", "actual": "{}"}}
    exporter = start(tmp_path, monitoring(silent, windows=["24h"]))
    exporter.predict(prediction("r", model_name="films", prediction=None, items=["a"], timestamp=NOW - 7200))
    exporter.predict(prediction("s", model_name="films", prediction=None, items=["a"]))
    metrics = exporter.tick()
    assert metrics.one("ml_hit_ratio", k="1") == 0
    assert metrics.one("ml_assumed_labels_total", model_name="films") == 1


def test_a_larger_k_takes_earlier_predictions_as_shorter(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, monitoring({**FILMS, "k": [1], "objectives": {}}, windows=["1h"]))
    exporter.predict(prediction("r", model_name="films", prediction=None, items=["a", "b"]))
    exporter.restart(monitoring({**FILMS, "k": [2], "objectives": {}}, windows=["1h"]))
    exporter.predict(prediction("s", model_name="films", prediction=None, items=["a", "b"]))
    exporter.label(*(label(name, ["b"]) for name in "rs"))  # type: ignore[arg-type]
    assert exporter.tick().one("ml_hit_ratio", k="2") == 0.5
