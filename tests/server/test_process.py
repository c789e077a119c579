"""The whole exporter as a process: how it starts, how it ends, and a real Prometheus that scrapes it over TLS."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from ml_exporter.demo import prometheus_api
from tests.server.certificates import HASHED, PASSWORD, Authority, tls, write
from tests.server.exporter import configure, exporter
from tests.stack.servers import prometheus
from tests.stack.waiting import eventually


def _ready(url: str) -> None:
    eventually(lambda: httpx.get(f"{url}/-/ready").status_code == 200, "it is ready")


def test_sigterm_ends_it_in_time_and_in_order_whatever_its_clients_do(tmp_path: Path) -> None:
    with exporter(configure(tmp_path)) as running, contextlib.ExitStack() as stack:
        url = running.url
        _ready(url)
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        silent, half, resting = (stack.enter_context(socket.create_connection(address)) for _ in range(3))
        half.sendall(b"GET /metrics HTTP/1.1\r\n")
        resting.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert resting.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert running.end() == 0
        assert silent.fileno() >= 0
        assert "event=stopped" in running.log


def test_the_service_manager_hears_of_its_beginning_its_life_and_its_end(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        with exporter(configure(tmp_path, tick="1h"), environment) as running:
            heard = [listening.recv(4096).decode().splitlines()[0] for _ in range(6)]
            assert heard[0] == "WATCHDOG=1"
            assert heard.count("READY=1") == 1
            assert heard[-3:] == ["WATCHDOG=1"] * 3, "though the next tick is an hour away"
            assert running.end() == 0
            rest = b""
            while not rest.startswith(b"STOPPING=1"):
                rest = listening.recv(4096)


def _failure(file: Path) -> str:
    """Run it, and return what it says as it ends with 1."""
    command = [sys.executable, "-m", "ml_exporter", "run", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_in_use_ends_it_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        told = _failure(configure(tmp_path, server={"listen": [taken]}))
    assert told == (
        f"ml-exporter: {taken} cannot be listened on (Address already in use); stop what uses the port, or set"
        " server.listen to another one\n"
    )
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_a_bad_web_configuration_ends_it_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, basic_auth_users={"alice": "secret"})
    told = _failure(configure(tmp_path, server={"listen": ["127.0.0.1:0"], "web_config_file": "web.yml"}))
    assert told.startswith(f"ml-exporter: {tmp_path}/web.yml: line 2: basic_auth_users.alice: has no bcrypt hash")


def test_a_real_prometheus_scrapes_it_over_tls_with_a_password_and_a_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    client = authority.issue_for("prometheus.example")
    write(
        tmp_path,
        tls_server_config=tls(
            client_auth_type="RequireAndVerifyClientCert",
            client_ca_file="ca.pem",
            client_allowed_sans=["prometheus.example"],
        ),
        basic_auth_users={"prometheus": HASHED},
    )
    (tmp_path / "password").write_text(PASSWORD)
    file = configure(tmp_path, server={"listen": ["127.0.0.1:0"], "web_config_file": "web.yml"})
    with exporter(file) as running:
        target = running.url.removeprefix("https://")
        scraping = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [
                {
                    "job_name": "ml",
                    "scheme": "https",
                    "tls_config": {"ca_file": "ca.pem", "cert_file": client[0].name, "key_file": client[1].name},
                    "basic_auth": {"username": "prometheus", "password_file": "password"},
                    "static_configs": [{"targets": [target]}],
                }
            ],
        }
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(scraping))
        with prometheus(tmp_path / "prometheus.yml", tmp_path / "prometheus") as address:
            cpus = eventually(lambda: prometheus_api.value(address, "ml_host_cpus"), "the host's metrics are scraped")
            assert cpus == os.cpu_count()
            assert prometheus_api.value(address, "up") == 1
            assert prometheus_api.value(address, "sum(ml_exporter_http_refused_total)") == 0


def test_a_real_prometheus_keeps_the_trace_of_a_request_as_an_exemplar(tmp_path: Path) -> None:
    event = {
        "prediction_id": "a",
        "model_name": "fraud",
        "model_version": "v1",
        "timestamp": time.time(),
        "score": 0.5,
        "latency_seconds": 0.2,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }
    (tmp_path / "predictions.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
    with exporter(configure(tmp_path)) as running:
        target = running.url.removeprefix("http://")
        scraping = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "ml", "static_configs": [{"targets": [target]}]}],
        }
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(scraping))
        with prometheus(tmp_path / "prometheus.yml", tmp_path / "prometheus") as address:
            asked = {
                "query": "ml_prediction_latency_seconds_bucket",
                "start": event["timestamp"] - 60,
                "end": event["timestamp"] + 60,
            }

            def kept() -> Any:
                return httpx.get(f"{address}/api/v1/query_exemplars", params=asked).json()["data"]

            (series,) = eventually(kept, "the exemplar is kept")
    assert (series["seriesLabels"]["model_name"], series["seriesLabels"]["le"]) == ("fraud", "0.25")
    (exemplar,) = series["exemplars"]
    assert exemplar["labels"] == {"trace_id": event["trace_id"]}
    assert float(exemplar["value"]) == 0.2
