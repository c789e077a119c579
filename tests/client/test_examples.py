"""The examples as a newcomer runs them: a real service, a real job, the real exporter, which is killed meanwhile."""

import csv
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from sklearn.metrics import accuracy_score

from ml_exporter.demo.processes import free_port
from tests.pipeline.process import ExporterProcess, exporter
from tests.scraped import Scraped
from tests.stack.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "examples"


def environment(process: ExporterProcess, **more: str) -> dict[str, str]:
    """Return what the examples are told: where the exporter is."""
    return os.environ | {"ML_EXPORTER_URL": process.address, "PYTHONWARNINGS": "default", **more}


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ExporterProcess]:
    configuration = yaml.safe_load((EXAMPLES / "service.yml").read_text(encoding="utf-8"))
    with exporter(tmp_path, configuration | {"tick": "500ms", "windows": ["1h"]}) as running:
        running.start()
        yield running


@contextmanager
def service(process: ExporterProcess, folder: Path) -> Iterator[str]:
    """Run the service while the context lasts, and stop it as a supervisor does."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "service_fastapi:app", "--port", str(port), "--log-level", "warning"]
    spool = folder / "spool"
    with (folder / "service-log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=EXAMPLES, env=environment(process, ML_EXPORTER_SPOOL=str(spool)), stdout=log, stderr=log
        )
    try:
        eventually(lambda: _answers(f"http://127.0.0.1:{port}/openapi.json"), "the service answers", seconds=60.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) in (0, -signal.SIGTERM), (folder / "service-log").read_text(encoding="utf-8")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - on loopback
            return True
    except OSError:
        return False


def post(url: str, body: Any) -> Any:
    """Send JSON, and return the answer."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - on loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        return json.load(answer)


def metrics_with(process: ExporterProcess, labels: int) -> Scraped:
    """Wait until so many labels have been joined, and return /metrics."""

    def joined() -> Scraped | None:
        metrics = process.metrics()
        found = 0.0 if metrics is None else sum(metrics.all("ml_confusion_total").values())
        assert found <= labels
        return metrics if found == labels else None

    return eventually(joined, f"{labels} labels are joined", seconds=60.0)


class Customers:
    """Ask the service of customers, and later tell it what became of them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.predicted: list[bool] = []
        self.left: list[bool] = []

    def come(self, url: str, count: int) -> None:
        for _ in range(count):
            customer = {"months": self._random.randrange(60), "calls": self._random.randrange(9), "country": "DE"}
            said = post(f"{url}/score", customer)
            left = self._random.random() < said["leaves"]
            post(f"{url}/customers/{said['id']}/outcome", {"left": left})
            self.predicted.append(said["leaves"] >= 0.5)
            self.left.append(left)


def test_what_the_service_predicts_is_on_metrics_though_the_exporter_is_killed_meanwhile(
    process: ExporterProcess, tmp_path: Path
) -> None:
    customers = Customers(3)
    with service(process, tmp_path) as url:
        customers.come(url, 40)
        eventually(lambda: process.metrics() is not None, "the first tick")
        process.end(signal.SIGKILL)
        customers.come(url, 40)
        process.start()
        customers.come(url, 20)
        with pytest.raises(urllib.error.HTTPError, match="422"):
            post(f"{url}/score", {"months": "many"})
        metrics = metrics_with(process, 100)
    assert metrics.one("ml_predictions_total", model_name="churn", model_version="v1") == 100
    assert metrics.one("ml_accuracy_ratio", window="1h") == pytest.approx(
        accuracy_score(customers.left, customers.predicted)
    )
    assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0


def test_what_a_job_could_not_send_is_sent_by_its_next_run(process: ExporterProcess, tmp_path: Path) -> None:
    random = Random(4)
    for part in ("monday", "tuesday"):
        with (tmp_path / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "months", "calls"])
            writer.writerows([f"{part}-{row}", random.randrange(60), random.randrange(9)] for row in range(500))
    process.end(signal.SIGKILL)
    assert "the exporter is away" in score(process, tmp_path, "monday")
    process.start()
    assert "away" not in score(process, tmp_path, "tuesday")
    metrics = process.metrics_once(1000)
    assert metrics.one("ml_predictions_total") == 1000
    with (tmp_path / "tuesday-scores.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == 500


def score(process: ExporterProcess, folder: Path, part: str) -> str:
    """Run the job over a file, and return what it prints."""
    command = [sys.executable, str(EXAMPLES / "batch_scorer.py"), f"{part}.csv", f"{part}-scores.csv"]
    ended = subprocess.run(
        command, cwd=folder, env=environment(process), capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
