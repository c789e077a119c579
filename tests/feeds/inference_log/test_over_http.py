"""A logger sends to a real exporter, that is killed meanwhile."""

import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.feeds.inference_log.logger import kserve
from tests.pipeline.process import exporter
from tests.server.certificates import HASHED, PASSWORD, write
from tests.stack.waiting import eventually

CONFIGURATION: dict[str, Any] = {
    "models": [{"name": "fraud", "task": "binary", "features": ["amount"]}],
    "feeds": [{"name": "log", "kind": "inference_log", "request_within": "200ms"}],
    "tick": "200ms",
    "windows": ["1h"],
}
LOGGERS, INFERENCES = 3, 60


@pytest.fixture(name="client")
def _client() -> Any:
    with httpx.Client(timeout=30) as client:
        yield client


class Logger:
    """Logs inferences, and sends again what got no answer, as an eventing broker does."""

    def __init__(self, address: str, number: int) -> None:
        self._url = f"{address}/api/v1/cloudevents"
        self._number = number
        self.done = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with httpx.Client(timeout=30) as client:
            for row in range(INFERENCES):
                identifier = f"{self._number}-{row}"
                self._send(client, kserve("request", identifier, time.time() - 0.1), {"instances": [{"amount": row}]})
                self._send(client, kserve("response", identifier, time.time()), {"predictions": [row % 2]})
                self.done += 1

    def _send(self, client: httpx.Client, headers: dict[str, str], data: object) -> None:
        pause = threading.Event()
        while True:
            try:
                answer = client.post(self._url, json=data, headers=headers)
            except httpx.TransportError:
                pause.wait(0.02)
                continue
            if answer.status_code == 200:
                assert answer.content == b""
                return
            assert answer.status_code == 503, answer.text
            pause.wait(0.02)


def test_killed_while_loggers_send_each_inference_that_was_acknowledged_counts_once(tmp_path: Path) -> None:
    with exporter(tmp_path, CONFIGURATION) as process:
        process.start()
        loggers = [Logger(process.address, number) for number in range(LOGGERS)]
        for logger in loggers:
            logger.thread.start()
        for goal in (40, 100):
            eventually(lambda goal=goal: sum(one.done for one in loggers) > goal, "some is logged")  # type: ignore[misc]
            process.end(signal.SIGKILL)
            process.start()
        for logger in loggers:
            logger.thread.join(timeout=60)
            assert not logger.thread.is_alive()

        def counted() -> bool:
            metrics = process.metrics()
            counted = {} if metrics is None else metrics.all("ml_predictions_total", model_name="fraud")
            return list(counted.values()) == [LOGGERS * INFERENCES]

        eventually(counted, "every inference is counted")
        metrics = process.metrics()
        assert metrics is not None
        assert metrics.one("ml_prediction_latency_seconds_count") >= LOGGERS * INFERENCES - 2 * LOGGERS
        assert sum(metrics.all("ml_exporter_feed_rejected_total").values()) == 0
    assert "Traceback" not in process.log()


def test_a_logger_may_have_a_password_in_its_url(tmp_path: Path, client: httpx.Client) -> None:
    write(tmp_path, basic_auth_users={"logger": HASHED})
    with exporter(tmp_path, CONFIGURATION | {"server": {"web_config_file": "web.yml"}}) as process:
        process.start()
        url = f"{process.address}/api/v1/cloudevents"
        headers = kserve("response", "tx-1", time.time())
        eventually(lambda: client.post(url, json={}, headers=headers).status_code == 401, "it wants a password")
        with_password = url.replace("http://", f"http://logger:{PASSWORD}@")

        def taken() -> bool:
            return client.post(with_password, json={"predictions": [1]}, headers=headers).status_code == 200

        eventually(taken, "the feed is open")
