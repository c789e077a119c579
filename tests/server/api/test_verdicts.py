"""/api/v1/verdicts, asked as a client would."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pipeline.in_process import InProcess, label, monitoring, prediction
from tests.server.serving import serving


def degraded_engine(folder: Path) -> InProcess:
    """Return an engine whose model was right for two hours and then wrong for half an hour."""
    exporter = InProcess(
        folder,
        monitoring(
            {"name": "fraud", "task": "binary", "objectives": {"accuracy": 0.9}, "baseline": {"period": "1h"}},
            allowed_lateness="1s",
        ),
        1_700_006_400.0,
    )
    for minute in range(150):
        begin = exporter.at
        actual = 0 if minute >= 120 or minute % 10 == 0 else 1
        events = range(60)
        exporter.predict(*(prediction(f"{minute}-{row}", timestamp=begin + row) for row in events))
        exporter.label(*(label(f"{minute}-{row}", actual, timestamp=begin + row + 0.5) for row in events))
        exporter.at += 60
        if minute >= 118 or minute == 0:
            exporter.snapshot()
    return exporter


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    exporter = degraded_engine(tmp_path_factory.mktemp("engine"))
    with serving() as running:
        running.holder.snapshot = exporter.snapshot()
        exporter.close()
        with httpx.Client(base_url=f"{running.url}/api/v1") as client:
            yield client


def test_a_degradation_is_told_with_everything_that_explains_it(client: httpx.Client) -> None:
    answer = client.get("/verdicts", params={"metric": "accuracy"}).json()
    (said,) = answer["degradations"]
    assert said["degraded"] is True
    assert (said["model_name"], said["model_version"], said["alarms"]) == ("fraud", "v1", 1)
    assert said["since"] <= answer["at"]
    assert said["baseline"]["mean"] == pytest.approx(0.9, abs=0.05)
    assert said["detectors"]["sequential"]["detected"] is True
    assert said["votes"] >= 1
    assert said["trend_per_day"] is None  # too short a past for a trend
    (objective,) = answer["objectives"]
    assert objective["threshold"] == 0.9
    assert objective["breached"] is True


def test_answers_can_be_narrowed_down(client: httpx.Client) -> None:
    everything = client.get("/verdicts").json()["degradations"]
    bad = client.get("/verdicts", params={"degraded": "true"}).json()["degradations"]
    good = client.get("/verdicts", params={"degraded": "false"}).json()["degradations"]
    assert bad
    assert good
    assert len(bad) + len(good) == len(everything)
    assert client.get("/verdicts", params={"model_name": "churn"}).json()["degradations"] == []


def test_a_parameter_that_is_not_known_is_refused_with_those_that_are(client: httpx.Client) -> None:
    answer = client.get("/verdicts", params={"model": "fraud"})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "there is no parameter 'model'; this resource takes: model_name, model_version, metric, degraded"
    )
    assert client.get("/verdicts", params={"degraded": "perhaps"}).status_code == 400


def test_before_the_first_snapshot_there_is_no_answer_yet() -> None:
    with serving(text=None) as running:
        answer = httpx.get(f"{running.url}/api/v1/verdicts")
    assert answer.status_code == 503
    assert "not ready" in answer.json()["error"]
