"""Two exporters that share models: a real Prometheus records of both together what one that sees everything shows."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_exporter import catalogue
from ml_exporter.bundle import generate, write
from ml_exporter.config import Monitoring
from ml_exporter.demo.prometheus_api import query
from tests.catalogue.whole_path import random_events
from tests.pipeline.in_process import InProcess, label, monitoring, prediction
from tests.scraped import Scraped, key
from tests.server.serving import serving
from tests.stack.servers import prometheus, promtool
from tests.stack.waiting import eventually

ROWS = 600
MODELS_AND_ROWS = 5 * ROWS
CLASSES = ["cat", "dog", "cow"]
COSTS = {"currency": "EUR", "costs": {"cat": {"dog": 1.5}, "dog": {"cow": 0.5, "cat": 3}}}
MODELS: list[dict[str, Any]] = [
    {
        "name": 'fraud "live"',
        "task": "binary",
        "positive_class": "fraud",
        "negative_class": "fine",
        "business": {
            "conversion": True,
            "value": "amount",
            "currency": "EUR",
            "costs": {"false_positive": 2, "false_negative": "value"},
        },
    },
    {"name": "animals", "task": "multiclass", "classes": CLASSES, "top_k": [2], "business": COSTS},
    {"name": "prices", "task": "regression"},
    {"name": "rents", "task": "regression"},
    {"name": "films", "task": "ranking", "k": [1, 5]},
]

AREAS = {"quality of classification", "quality of regression", "quality of ranking", "business"}
QUALITY = {family.name for family in catalogue.families() if family.area in AREAS and family.type == "gauge"}
LAST = ("ml_auc_roc", "ml_top_k_accuracy_ratio", "ml_r2", 'ml_ranking_recall_ratio{k="5"}')
"""Of each model what the last of its rules records."""

Sample = tuple[str, dict[str, str], float]


def events() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return predictions and labels of both models; some have no score."""
    random = np.random.default_rng(5)
    predictions, labels = [], []
    scores, actual = random_events(random, ROWS, len(CLASSES))
    for row in range(ROWS):
        fraud = bool(random.random() < 0.3)
        score = float(1 / (1 + np.exp(-random.normal(3 * fraud - 1.5, 1))))
        said: dict[str, Any] = {"prediction": "fraud" if score >= 0.5 else "fine"}
        said |= {"score": score if row % 10 else None}
        if row % 7:
            said["features"] = {"amount": float(random.exponential(50))}
        predictions.append(prediction(f"f{row}", model_name=MODELS[0]["name"], **said))
        labels.append(label(f"f{row}", "fraud" if fraud else "fine"))
        given = dict(zip(CLASSES, scores[row].tolist(), strict=True))
        predictions.append(prediction(f"a{row}", model_name="animals", prediction=None, scores=given))
        labels.append(label(f"a{row}", CLASSES[actual[row]]))
        price = float(random.normal(1e6 if row < ROWS // 2 else 2e6, 1e4)) if row % 11 else 0.0
        said = {"prediction": price + float(random.normal(0, 5e3))}
        if row % 3:
            said |= {"lower": said["prediction"] - 4e3, "upper": said["prediction"] + 4e3}
        predictions.append(prediction(f"p{row}", model_name="prices", **said))
        labels.append(label(f"p{row}", price))
        rent = float(random.normal(700, 50)) if row > ROWS // 2 else 650.0  # the first exporter sees no variance
        predictions.append(prediction(f"t{row}", model_name="rents", prediction=rent + float(random.normal(0, 20))))
        labels.append(label(f"t{row}", rent))
        items = [f"i{number}" for number in random.permutation(12)]
        predictions.append(prediction(f"r{row}", model_name="films", prediction=None, items=items))
        labels.append(label(f"r{row}", {"i1": 1, f"i{row % 12}": 2} if row % 5 else {}))
    return predictions, labels


def exporter(folder: Path, configuration: Monitoring, part: slice) -> Scraped:
    """Return what an exporter shows that sees some of the events."""
    predictions, labels = events()
    engine = InProcess(folder, configuration)
    engine.predict(*predictions[part])
    engine.label(*labels[part])
    shown = engine.snapshot().text.text
    engine.close()
    (folder / "metrics.txt").write_bytes(shown)
    return Scraped(shown)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Scraped:
    return exporter(tmp_path_factory.mktemp("whole"), monitoring(*MODELS, windows=["1h"]), slice(None))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sample]]:
    """Return what Prometheus has recorded of two exporters that see a third and two thirds of the events."""
    folder = tmp_path_factory.mktemp("parts")
    with ExitStack() as running:
        targets = []
        for name, part in (("one", slice(None, MODELS_AND_ROWS // 3)), ("two", slice(MODELS_AND_ROWS // 3, None))):
            (folder / name).mkdir()
            exporter(folder / name, monitoring(*MODELS, windows=["1h"]), part)
            served = running.enter_context(serving(text=(folder / name / "metrics.txt").read_bytes()))
            targets.append(f"127.0.0.1:{served.port}")
        settings = {"targets": targets, "scrape_interval": "1s"}
        write(generate(monitoring(*MODELS, windows=["1h"], prometheus=settings)), folder)
        address = running.enter_context(prometheus(folder / "prometheus" / "prometheus.yml", folder / "data"))
        known = eventually(lambda: _all_known_at(address), "both exporters are in the recorded sums")
        yield eventually(lambda: _recorded_after(address, known), "every rule has been evaluated since then")


def _all_known_at(address: str) -> float | None:
    """Return the time by which both exporters are in the sums, by Prometheus' clock."""
    counts = _values(address, "model:ml_window_outcomes:over_exporters")
    return _values(address, "vector(time())")[0] if counts == [ROWS] * len(MODELS) else None


def _recorded_after(address: str, time: float) -> list[Sample]:
    """Return all recorded samples, once the last rule of each model has been evaluated after a time."""
    names = [name.replace("{", ":over_exporters{") if "{" in name else f"{name}:over_exporters" for name in LAST]
    evaluated = _values(address, f"timestamp({' or '.join(f'model:{name}' for name in names)})")
    if len(evaluated) < len(MODELS) or min(evaluated) <= time:
        return []
    return [
        (sample["metric"]["__name__"], sample["metric"], float(sample["value"][1]))
        for sample in query(address, '{__name__=~"model:.+:over_exporters"}')
    ]


def _values(address: str, expression: str) -> list[float]:
    return [float(sample["value"][1]) for sample in query(address, expression)]


def of(whole: Scraped, sample: Sample) -> float:
    """Return what the one exporter shows that saw everything."""
    name, labels, _ = sample
    own = {name: value for name, value in labels.items() if name not in ("__name__", "job")}
    return whole[key(name.split(":")[1], **own)]


def test_everything_recorded_is_what_one_exporter_shows(recorded: list[Sample], whole: Scraped) -> None:
    exact = [sample for sample in recorded if sample[0] != "model:ml_auc_roc:over_exporters"]
    assert len(exact) > 300
    for sample in exact:
        assert sample[2] == pytest.approx(of(whole, sample), rel=1e-9, abs=1e-12), sample


def test_the_area_from_the_curves_points_is_near_that_from_all_bins(recorded: list[Sample], whole: Scraped) -> None:
    (area,) = [sample for sample in recorded if sample[0] == "model:ml_auc_roc:over_exporters"]
    assert area[2] == pytest.approx(of(whole, area), abs=0.005)


def test_whatever_can_be_added_up_is_recorded(recorded: list[Sample], whole: Scraped) -> None:
    left_out = {
        'fraud "live"': {"ml_auc_pr", "ml_confusion_ratio", *averaged("precision_ratio", "recall_ratio", "f1_ratio")},
        "animals": {"ml_confusion_ratio", *averaged("auc_roc")},
        "prices": {"ml_residual_percentile"},
        "rents": {"ml_residual_percentile"},
        "films": set(),
    }
    for model, expected in left_out.items():
        shown = {name for name, labels in whole if {("model_name", model), ("window", "1h")} <= labels}
        of_quality = {name for name in shown & QUALITY if "_bound" not in name}
        found = {name.split(":")[1] for name, labels, _ in recorded if labels["model_name"] == model}
        assert found <= shown
        assert of_quality - found == expected


def averaged(*metrics: str) -> set[str]:
    return {f"ml_averaged_{name}" for name in metrics}


def test_promtool_finds_nothing_to_lint(tmp_path: Path) -> None:
    write(generate(monitoring(*MODELS, prometheus={"targets": ["one:9877", "two:9877"]})), tmp_path)
    rules = tmp_path / "prometheus" / "rules" / "recordings.yml"
    command = [promtool(), "check", "rules", "--lint=all", "--lint-fatal", str(rules)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_exporter_alone_needs_no_recordings() -> None:
    paths = [made.path for made in generate(monitoring(*MODELS))]
    assert "prometheus/rules/recordings.yml" not in paths
