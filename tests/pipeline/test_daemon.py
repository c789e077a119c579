"""The loop: real readers over real files, an engine, and a store that may fail."""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ml_exporter import feeds
from ml_exporter.clock import ManualClock
from ml_exporter.ledger import DamagedStore, SqliteLedger, StoreError
from ml_exporter.pipeline import Engine
from ml_exporter.pipeline import daemon as daemon_module
from ml_exporter.pipeline import progress as progress_module
from ml_exporter.pipeline.baseline_requests import carried_out
from ml_exporter.pipeline.daemon import Daemon, Stop
from ml_exporter.pipeline.service_manager import ServiceManager
from ml_exporter.server import SnapshotHolder
from tests.pipeline.in_process import NOW, label, monitoring, prediction
from tests.scraped import Scraped
from tests.stack.waiting import eventually

CONFIGURATION = monitoring(windows=["1h"], tick="10ms")
ELSEWHERE = CONFIGURATION.feeds[0].model_copy(update={"name": "elsewhere", "path": "gone/*.jsonl"})
WITH_A_FEED_THAT_FAILS = CONFIGURATION.model_copy(update={"feeds": [*CONFIGURATION.feeds, ELSEWHERE]})


class Manager(ServiceManager):
    """Counts signs of life."""

    signs = 0

    def alive(self) -> None:
        self.signs += 1


class Running:
    """A daemon in a thread, over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.monitoring = CONFIGURATION
        self.ledger = SqliteLedger(folder / "data")
        self.clock = ManualClock(NOW)
        self.holder = SnapshotHolder()
        self.stop = Stop()
        self.manager = Manager({})
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        engine = Engine(self.monitoring, self.ledger)
        Daemon(self.monitoring, self.folder, engine, self.holder, self.clock, self.stop, self.manager).run()

    def write(self, feed: str, *events: object) -> None:
        with (self.folder / f"{feed}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)

    def metrics(self) -> Scraped | None:
        """Return what would be scraped; the clock moves on, so that the next tick is due."""
        assert self.thread.is_alive()
        self.clock.advance(0.02)
        self.stop.wake.set()
        return None if self.holder.snapshot is None else Scraped(self.holder.snapshot.text.text)

    def shows(self, name: str, value: float, **labels: str) -> Scraped:
        """Wait until /metrics shows a value."""

        def look() -> Scraped | None:
            metrics = self.metrics()
            return metrics if metrics and list(metrics.all(name, **labels).values()) == [value] else None

        return eventually(look, f"{name} is {value}")

    def end(self) -> None:
        self.stop.ask()
        if self.thread.ident is not None:
            self.thread.join(timeout=10)
        assert not self.thread.is_alive()
        self.ledger.close()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(daemon_module, "_RETRY_SECONDS", 0.01)
    running = Running(tmp_path)
    yield running
    running.end()


def test_what_files_hold_is_joined_and_shown(running: Running) -> None:
    running.write("predictions", prediction("a"), prediction("b"))
    running.write("labels", label("a"))
    running.thread.start()
    running.shows("ml_labels_total", 1)
    running.write("labels", label("b", 0))
    metrics = running.shows("ml_labels_total", 2)
    assert metrics.one("ml_accuracy_ratio") == 0.5
    running.shows("ml_catching_up", 0)


def test_while_the_store_fails_it_is_said_and_nothing_is_lost_or_counted_twice(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Semaphore(0)

    def broken(*_: object) -> None:
        failed.release()
        raise StoreError("the disk is full; free some space")

    running.write("predictions", *(prediction(str(number)) for number in range(10)), {"no": "event"})
    running.write("labels", *(label(str(number)) for number in range(10)))
    with capture_logs() as logs:
        running.thread.start()
        running.shows("ml_labels_total", 10)
        with monkeypatch.context() as patch:
            patch.setattr(running.ledger, "write", broken)
            running.write("predictions", *(prediction(str(number)) for number in range(10, 20)), {"no": "event"})
            running.write("labels", *(label(str(number)) for number in range(20)))
            for _ in range(3):  # a tick may be one of them, then it is the batch again and again
                assert failed.acquire(timeout=20)
            signs = running.manager.signs
            for _ in range(6):
                assert failed.acquire(timeout=20)
            assert running.manager.signs >= signs + 3
        metrics = running.shows("ml_exporter_duplicate_events_total", 10, feed="labels")
    assert metrics.one("ml_predictions_total") == 20
    assert metrics.one("ml_labels_total") == 20
    assert metrics.one("ml_exporter_feed_events_total", feed="predictions") == 22
    assert metrics.one("ml_exporter_feed_rejected_total", feed="predictions", reason="missing_field") == 2
    said = [entry for entry in logs if entry["event"] == "store failed"]
    assert len(said) >= 6
    assert said[0]["log_level"] == "error"
    assert "free some space" in said[0]["error"]
    dead = (running.folder / "data/dead-letter/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(dead) == 2


def test_a_backlog_is_told_until_it_is_worked_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "WORTH_TELLING", 0.0)
    running.write("predictions", *(prediction(str(number)) for number in range(70_000)))
    with capture_logs() as logs:
        running.thread.start()
        metrics = running.shows("ml_predictions_total", 70_000)
    first, last = (entry for entry in logs if entry["event"] in {"catching up", "caught up"})
    assert (first["event"], first["feed"]) == ("catching up", "predictions")
    assert 0 < first["events"] < 70_000
    assert 0 < first["share_done"] < 1
    assert last["event"] == "caught up"
    assert metrics.one("ml_exporter_feed_last_event_timestamp_seconds", feed="predictions") == NOW - 60


@pytest.mark.parametrize("acknowledges", [True, False])
def test_batches_wait_for_the_disk_where_their_kind_of_feed_acknowledges(
    acknowledges: bool, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = replace(feeds.kinds()["file"], acknowledges=acknowledges)
    monkeypatch.setattr(feeds, "kinds", lambda: {"file": kind})
    asked: list[bool] = []
    transaction = running.ledger.transaction

    def watched(*, acknowledged: bool = False) -> AbstractContextManager[None]:
        asked.append(acknowledged)
        return transaction(acknowledged=acknowledged)

    monkeypatch.setattr(running.ledger, "transaction", watched)
    running.write("predictions", prediction("a"))
    running.thread.start()
    running.shows("ml_predictions_total", 1)
    assert asked.count(True) == acknowledges  # ticks do not wait


def test_a_daemon_whose_store_turns_out_to_be_damaged_ends_with_what_is_said_of_it(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise DamagedStore("the store is damaged; restore a backup")

    monkeypatch.setattr(running.ledger, "write", damaged)
    with pytest.raises(DamagedStore, match="restore a backup"):
        running.run()


def test_a_request_that_cannot_be_taken_away_is_told_as_the_store_that_fails(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the request .*none.json cannot be removed .* make its folder writable"):
        carried_out(tmp_path / "none.json")


def test_a_daemon_that_is_stopped_while_the_store_fails_ends(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_module, "_RETRY_SECONDS", 3600.0)
    failed = threading.Event()

    def broken(*_: object) -> None:
        failed.set()
        raise StoreError("the disk is full")

    monkeypatch.setattr(running.ledger, "write", broken)
    running.write("predictions", prediction("a"))
    running.thread.start()
    assert failed.wait(timeout=20)
    running.end()


def test_a_feed_that_fails_is_counted_and_the_others_go_on(running: Running) -> None:
    running.monitoring = WITH_A_FEED_THAT_FAILS
    running.write("predictions", prediction("a"))
    running.thread.start()
    running.shows("ml_exporter_feed_errors_total", 1, feed="elsewhere")
    metrics = running.shows("ml_predictions_total", 1)
    assert metrics.one("ml_exporter_feed_errors_total", feed="predictions") == 0


def test_a_clock_that_is_set_back_by_an_hour_stops_no_tick_and_is_told(running: Running) -> None:
    running.thread.start()
    eventually(running.metrics, "the first tick")
    with capture_logs() as logs:
        running.clock.at = NOW - 3600
        running.write("predictions", prediction("a", timestamp=NOW - 7200))
        metrics = running.shows("ml_predictions_total", 1)
    (told,) = [entry for entry in logs if entry["event"] == "clock was set back"]
    assert told["seconds"] >= 3600
    assert metrics.one("ml_exporter_last_tick_timestamp_seconds") < NOW - 3000


def test_a_stop_that_is_asked_for_before_the_start_is_heeded(running: Running) -> None:
    running.stop.ask()
    running.thread.start()
    running.thread.join(timeout=10)
    assert not running.thread.is_alive()
    assert running.holder.snapshot is None
