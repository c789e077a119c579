"""``kill -9`` while files of tallies come: a real process counts each once."""

import random
import signal
from pathlib import Path

from tests.feeds.tallies.events import FRAUD, configuration, made, tally
from tests.pipeline.process import exporter
from tests.stack.waiting import eventually

CONFIGURATION = {
    "models": [{**FRAUD, "retire_after": "36500d"}],  # events of long ago
    "feeds": [{"name": "tallies", "kind": "tallies", "path": "tallies/*.parquet"}],
    "tick": "500ms",
    "windows": ["7d"],
}
KILLS = 3


def test_killed_while_files_come_every_event_is_counted_once(tmp_path: Path) -> None:
    monitoring = configuration(FRAUD)
    predictions, labels = ([one for one in part if one["model_name"] == "fraud"] for part in made(1600))
    chance = random.Random(9)
    place = {one["prediction_id"]: chance.randrange(2 * KILLS) for one in predictions}

    def write(number: int) -> int:
        own, told = ([one for one in part if place[one["prediction_id"]] == number] for part in (predictions, labels))
        tally(tmp_path / "tallies", monitoring, own, told, number)
        return len(own) + len(told)

    (tmp_path / "tallies").mkdir()
    log = tmp_path / "data" / "ledger.sqlite-wal"
    events = 0
    with exporter(tmp_path, CONFIGURATION) as process:
        for life in range(KILLS):
            events += write(2 * life)
            process.start()
            events += write(2 * life + 1)
            eventually(lambda: log.exists() and log.stat().st_size > 0, "something was committed")
            process.end(signal.SIGKILL)
        process.start()
        metrics = process.metrics_once(events)
        assert process.end(signal.SIGTERM) == 0
    succeeded = {one["prediction_id"] for one in predictions if "status" not in one}
    assert sum(metrics.all("ml_predictions_total").values()) == len(succeeded)
    assert sum(metrics.all("ml_prediction_requests_total").values()) == len(predictions)
    judged = sum(one["prediction_id"] in succeeded for one in labels)
    assert sum(metrics.all("ml_labels_total").values()) == judged
    assert sum(metrics.all("ml_confusion_total").values()) == judged
    assert sum(metrics.all("ml_pending_predictions").values()) == len(succeeded) - judged
