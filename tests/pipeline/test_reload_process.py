"""``ml-exporter run`` reloads while events stream in: none is lost, none counts twice."""

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.pipeline.process import exporter
from tests.stack.waiting import eventually

FRAUD, CHURN = {"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"}


def _feed(name: str, events: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": events, **options}


def _configuration(*models: dict[str, Any], more: bool = False, **options: Any) -> dict[str, Any]:
    feeds = [_feed("predictions", "predictions"), _feed("labels", "labels", stalled_after="1h")]
    return {"models": list(models), "feeds": [*feeds, *([_feed("more", "predictions")] if more else [])], **options}


class Writer:
    """Writes predictions and their labels, a few at a time, until it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._random = random.Random(11)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.written: Counter[tuple[str, bool]] = Counter()
        """Model, and whether it was right, to events."""

    def _run(self) -> None:
        row = 0
        while not self._stopped.wait(0.002):
            predictions, labels = [], []
            for _ in range(20):
                row += 1
                model, predicted, actual = self._random.choice(["fraud", "churn"]), row % 2, self._random.randrange(2)
                self.written[(model, predicted == actual)] += 1
                made = {"prediction_id": str(row), "model_name": model, "model_version": "v1", "timestamp": time.time()}
                predictions.append(made | {"prediction": predicted, "segment": {"country": "DE"}})
                labels.append({"prediction_id": str(row), "timestamp": time.time(), "actual": actual})
            for name, events in (("predictions", predictions), ("labels", labels)):
                with (self._folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(event) + "\n" for event in events)

    def stop(self) -> int:
        """Stop, and return the number of predictions."""
        self._stopped.set()
        self._thread.join()
        return sum(self.written.values())

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Writer"]:
        writer = cls(folder)
        writer._thread.start()
        try:
            yield writer
        finally:
            writer.stop()


def test_under_load_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    sliced = FRAUD | {"segments": ["country"], "objectives": {"accuracy": 0.9}}
    following = [
        _configuration(sliced, CHURN, tick="1s"),
        _configuration(sliced, CHURN, tick="1s", more=True, windows=["30m", "1d"]),
        _configuration(FRAUD, CHURN, {"name": "new", "task": "regression"}, tick="1s", more=True),
        _configuration(FRAUD, CHURN, tick="1s"),
    ]
    with exporter(tmp_path, _configuration(FRAUD, CHURN, tick="1s")) as running, Writer.running(tmp_path) as writer:
        running.start()
        eventually(lambda: running.metrics() and writer.written.total() > 500, "it is at work")
        for configuration in following:
            assert running.reload(configuration)
            assert not running.reload({**configuration, "tick": "5 parsecs"})
            running.configure(configuration)
            before = writer.written.total()
            eventually(lambda before=before: writer.written.total() > before + 500, "events go on coming")
        written = writer.stop()
        metrics = running.metrics_once(2 * written)
        assert running.end(signal.SIGTERM) == 0
    for model in ("fraud", "churn"):
        counted = metrics.all("ml_confusion_total", model_name=model)
        right = sum(value for (_, labels), value in counted.items() if _is_right(dict(labels)))
        assert (right, sum(counted.values()) - right) == (writer.written[(model, True)], writer.written[(model, False)])
        assert metrics.one("ml_pending_predictions", model_name=model) == 0
    assert set(metrics.all("ml_exporter_duplicate_events_total").values()) == {0}
    assert set(metrics.all("ml_exporter_feed_rejected_total").values()) == {0}
    assert metrics.one("ml_exporter_config_last_reload_successful") == 0, "the last one was bad"
    assert "tick: '5 parsecs' is no duration" in running.log()


def _is_right(labels: dict[str, str]) -> bool:
    return labels["actual"] == labels["predicted"]


def test_a_request_reloads_only_where_the_configuration_allows_it_and_no_page_asks(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    with exporter(tmp_path / "closed", _configuration(FRAUD)) as running:
        running.start()
        assert httpx.post(f"{running.address}/-/reload").status_code == 404
    allowed = {"server": {"enable_reload": True}}
    with exporter(tmp_path / "open", _configuration(FRAUD, **allowed)) as running:
        running.start()
        eventually(running.metrics, "it is ready")
        url = f"{running.address}/-/reload"
        assert httpx.get(url).status_code == 405
        assert httpx.post(url, headers={"Origin": "https://elsewhere.example"}).status_code == 403
        assert "configuration reloaded" not in running.log()
        running.configure(_configuration(FRAUD, CHURN, **allowed))
        answer = httpx.post(url, timeout=60)
        assert (answer.status_code, answer.text) == (200, "the configuration is in force\n")
        running.configure(_configuration(FRAUD, **allowed, tick="never"))
        answer = httpx.post(url, timeout=60)
        assert answer.status_code == 500
        assert "never" not in answer.text, "what is wrong is for the log: whoever asks may not know the file"
        assert "'never' is no duration" in running.log()
