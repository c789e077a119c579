"""``kill -9``, SIGTERM and SIGHUP while senders send and repeat what was not acknowledged: each event counts once."""

import json
import signal
import threading
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.feeds.http.receiving import as_columns, as_lines, feed, label, prediction
from tests.pipeline.process import exporter
from tests.stack.waiting import eventually

CONFIGURATION: dict[str, Any] = {
    "models": [{"name": "fraud", "task": "binary"}],
    "feeds": [feed("predictions"), feed("labels")],
    "tick": "200ms",
    "windows": ["1h"],
}
SENDERS, REQUESTS = 4, 60


class Sender:
    """Sends predictions and their labels, and again whatever got no answer, until all of it is acknowledged."""

    def __init__(self, address: str, number: int) -> None:
        self._client = httpx.Client(base_url=address, timeout=30)
        self._random = Random(number)
        self._number = number
        self.right: Counter[bool] = Counter()
        """Whether it was right, to predictions."""

        self.told: Counter[str] = Counter()
        self.acknowledged = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        for request in range(REQUESTS):
            predictions, labels = [], []
            for row in range(self._random.randrange(1, 40)):
                identifier = f"{self._number}-{request}-{row}"
                predicted, actual = self._random.randrange(2), self._random.randrange(2)
                self.right[predicted == actual] += 1
                predictions.append(prediction(identifier, prediction=predicted))
                labels.append(label(identifier, actual=actual))
            self._send("predictions", predictions)
            self._send("labels", labels)
        self._client.close()

    def _send(self, path: str, events: list[dict[str, Any]]) -> None:
        """Send until it is acknowledged; what was, is now and then sent once more."""
        media_type, content = self._random.choice(
            [
                ("application/json", json.dumps(events).encode()),
                ("application/x-ndjson", as_lines(events)),
                ("application/vnd.ml-exporter.columns+json", as_columns(events)),
            ]
        )
        pause = threading.Event()
        more = 1 + (self._random.random() < 0.2)
        while more:
            try:
                answer = self._client.post(f"/api/v1/{path}", content=content, headers={"Content-Type": media_type})
            except httpx.TransportError:
                pause.wait(0.02)
                continue
            if answer.status_code == 202:
                more -= 1
                self.acknowledged += 1
                self.told.update({name: answer.json()[name] for name in ("accepted", "duplicate", "rejected")})
            else:
                assert answer.status_code in (429, 503), answer.text
                assert int(answer.headers["Retry-After"]) > 0
                pause.wait(0.02)


def test_killed_ended_and_reloaded_while_senders_repeat_what_was_not_acknowledged(tmp_path: Path) -> None:
    with exporter(tmp_path, CONFIGURATION) as process:
        process.start()
        senders = [Sender(process.address, number) for number in range(SENDERS)]
        for sender in senders:
            sender.thread.start()
        for step in range(1, 7):
            goal = step * SENDERS * REQUESTS // 4
            eventually(lambda goal=goal: sum(one.acknowledged for one in senders) > goal, "some is acknowledged")  # type: ignore[misc]
            if step % 3 == 2:
                assert process.reload(CONFIGURATION | {"tick": f"{200 + step}ms"})
            elif step % 3 == 1:
                process.end(signal.SIGKILL)
                process.start()
            else:
                assert process.end(signal.SIGTERM) == 0
                process.start()
        for sender in senders:
            sender.thread.join(timeout=60)
            assert not sender.thread.is_alive()
        right = sum((sender.right for sender in senders), Counter[bool]())

        def counted() -> bool:
            scraped = process.metrics()
            return scraped is not None and scraped.one("ml_labels_total", model_name="fraud") == right.total()

        eventually(counted, "every label has found its prediction")
        metrics = process.metrics()
        assert metrics is not None
        assert metrics.one("ml_predictions_total", model_name="fraud") == right.total()
        confusion = metrics.all("ml_confusion_total", model_name="fraud")
        same = sum(
            value for (_, labels), value in confusion.items() if dict(labels)["actual"] == dict(labels)["predicted"]
        )
        assert (same, sum(confusion.values())) == (right[True], right.total())
        told = sum((sender.told for sender in senders), Counter[str]())
        assert told["accepted"] <= 2 * right.total()
        assert told["rejected"] == 0
    assert "Traceback" not in process.log()


def test_feeds_come_and_go_with_a_reload(tmp_path: Path) -> None:
    with exporter(tmp_path, CONFIGURATION) as process:
        process.start()

        def status(path: str) -> int:
            return httpx.post(f"{process.address}{path}", json=[prediction(path)]).status_code

        eventually(lambda: status("/api/v1/predictions") == 202, "the feed is open")
        assert status("/api/v1/more") == 404
        assert process.reload(CONFIGURATION | {"feeds": [feed(name="more", path="/api/v1/more"), feed("labels")]})
        eventually(lambda: status("/api/v1/more") == 202, "the new feed is open")
        assert status("/api/v1/predictions") == 404
        described = httpx.get(f"{process.address}/api/v1/openapi.json").json()["paths"]
        assert "post" in described["/more"]
        assert "/predictions" not in described
