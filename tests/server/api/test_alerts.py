"""/api/v1/alerts, with a real Alertmanager; and with none, with one that is away, and with what is none."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.server.api.snapshots import snapshot_of
from tests.server.serving import serving
from tests.stack.servers import alertmanager

_ALERTS = [
    {
        "labels": {"alertname": "MLModelDegraded", "severity": "critical", "model_name": "fraud", "metric": "accuracy"},
        "annotations": {"summary": "fraud has degraded", "runbook_url": "http://runbooks/MLModelDegraded.md"},
    },
    {"labels": {"alertname": "MLObjectiveBreached", "severity": "warning", "model_name": "fraud"}},
    {"labels": {"alertname": "MLModelDegraded", "severity": "critical", "model_name": "of another exporter"}},
    {"labels": {"alertname": "DiskFull", "severity": "critical"}},
    {"labels": {"alertname": "Watchdog", "severity": "none"}},
    {"labels": {"alertname": "MLExporterStalled", "severity": "critical"}},
]


@contextmanager
def asked(folder: Path, address: str | None) -> Iterator[httpx.Client]:
    """Serve the API of an exporter that asks an Alertmanager."""
    alerting = {} if address is None else {"alertmanager": address}
    with serving() as running:
        running.holder.snapshot = snapshot_of(folder, alerting=alerting)
        with httpx.Client(base_url=f"{running.url}/api/v1", timeout=30) as client:
            yield client


@pytest.fixture(scope="module", name="real")
def _real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("alertmanager")
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
    with alertmanager(file, folder / "data") as address:
        httpx.post(f"{address}/api/v2/alerts", json=_ALERTS).raise_for_status()
        yield address


def test_alerts_about_its_models_and_itself_are_told_the_gravest_first(tmp_path: Path, real: str) -> None:
    with asked(tmp_path, real) as client:
        answer = client.get("/alerts").json()
    assert answer["alertmanager"] == real
    found = [(alert["name"], alert["severity"], alert["model_name"]) for alert in answer["alerts"]]
    assert sorted(found[:2]) == [
        ("MLExporterStalled", "critical", None),
        ("MLModelDegraded", "critical", "fraud"),
    ]
    assert found[2:] == [("MLObjectiveBreached", "warning", "fraud")]
    (degraded,) = [alert for alert in answer["alerts"] if alert["name"] == "MLModelDegraded"]
    assert (degraded["summary"], degraded["metric"]) == ("fraud has degraded", "accuracy")
    assert degraded["runbook_url"] == "http://runbooks/MLModelDegraded.md"
    assert degraded["since"] > 1_700_000_000


def test_alerts_can_be_narrowed_down_to_a_model(tmp_path: Path, real: str) -> None:
    with asked(tmp_path, real) as client:
        answer = client.get("/alerts", params={"model_name": "fraud"}).json()
    assert {alert["model_name"] for alert in answer["alerts"]} == {"fraud"}
    assert len(answer["alerts"]) == 2


def test_without_an_alertmanager_it_says_how_to_name_one(tmp_path: Path) -> None:
    with asked(tmp_path, None) as client:
        answer = client.get("/alerts")
    assert answer.status_code == 404
    assert answer.json()["error"] == "no Alertmanager is configured; set alerting.alertmanager to its address"


def test_one_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    with asked(tmp_path, address) as client:
        answer = client.get("/alerts")
    assert answer.status_code == 502
    assert answer.json()["error"].startswith(f"Alertmanager at {address} does not answer: ")


def test_one_that_hangs_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with asked(tmp_path, address) as client:
            asking: list[httpx.Response] = []
            askers = [threading.Thread(target=lambda: asking.append(client.get("/alerts"))) for _ in range(3)]
            for asker in askers:
                asker.start()
            with silent.accept()[0]:
                assert client.get("/summary").status_code == 200
                assert not asking, "it still waits for Alertmanager"
                for asker in askers:
                    asker.join(30)
    assert [answer.status_code for answer in asking] == [502] * 3
    assert "does not answer" in asking[0].json()["error"]


class _Other(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Log in</html>")

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing."""


def test_what_is_no_alertmanager_is_said_to_be_none(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Other) as other:
        threading.Thread(target=other.handle_request).start()
        address = f"http://127.0.0.1:{other.server_port}"
        with asked(tmp_path, address) as client:
            answer = client.get("/alerts")
    assert answer.status_code == 502
    assert answer.json()["error"].startswith(f"{address} does not answer as Alertmanager does: ")
