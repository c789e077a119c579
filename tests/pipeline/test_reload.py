"""Reloading in the loop: feeds that go on, end and begin; what is refused; and how it is told."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ml_exporter.clock import ManualClock
from ml_exporter.config import ConfigurationError, Monitoring, Problem
from ml_exporter.feeds import FeedReader
from ml_exporter.pipeline import Engine, open_store
from ml_exporter.pipeline.daemon import Daemon, Reloading, Stop
from ml_exporter.pipeline.reload import Reloads, take_up
from ml_exporter.pipeline.service_manager import ServiceManager
from ml_exporter.server import SnapshotHolder
from tests.pipeline.in_process import NOW, label, monitoring, prediction
from tests.scraped import Scraped
from tests.stack.waiting import eventually

FRAUD, CHURN = {"name": "fraud", "task": "binary"}, {"name": "churn", "task": "binary"}


def feed(name: str, events: str = "predictions", **options: Any) -> dict[str, Any]:
    return {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": events, **options}


FEEDS = [feed("predictions"), feed("labels", "labels")]


def configuration(*models: dict[str, Any], feeds: list[dict[str, Any]] | None = None, **options: Any) -> Monitoring:
    return monitoring(*models, feeds=feeds or FEEDS, windows=["1h"], tick="10ms", **options)


class Running:
    """A daemon in a thread, over a folder, whose configuration is a value that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.next: Monitoring | ConfigurationError = configuration(FRAUD)
        self.clock = ManualClock(NOW)
        self.holder = SnapshotHolder()
        self.stop = Stop()
        self.reloads = Reloads(self.clock, self.stop.wake.set)
        self.taken_up: list[Monitoring] = []
        self.ledger = open_store(folder / "data")
        first = self.load()
        again = partial(take_up, self.load, folder=folder, ledger=self.ledger, clock=self.clock)
        reloading = Reloading(self.reloads, again, self.taken_up.append)
        engine = Engine(first, self.ledger)
        self.daemon = Daemon(first, folder, engine, self.holder, self.clock, self.stop, ServiceManager({}), reloading)
        self.thread = threading.Thread(target=self.daemon.run, daemon=True)
        self.thread.start()

    def load(self) -> Monitoring:
        if isinstance(self.next, ConfigurationError):
            raise self.next
        return self.next

    def reload(self, following: Monitoring | ConfigurationError) -> bool | None:
        """Reload with another configuration, and return whether it was taken up."""
        self.next = following
        return self.reloads.ask_and_wait(60)

    def write(self, name: str, *events: object) -> None:
        with (self.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)

    def metrics(self) -> Scraped | None:
        """Return what would be scraped; the clock moves on, so that the next tick is due."""
        assert self.thread.is_alive()
        self.clock.advance(0.02)
        self.stop.wake.set()
        return None if self.holder.snapshot is None else Scraped(self.holder.snapshot.text.text)

    def shows(self, name: str, value: float | None, **labels: str) -> Scraped:
        """Wait until /metrics shows a value, or none."""
        wanted = [] if value is None else [value]

        def look() -> Scraped | None:
            metrics = self.metrics()
            return metrics if metrics and list(metrics.all(name, **labels).values()) == wanted else None

        return eventually(look, f"{name} {labels} is {value}")

    @property
    def readers(self) -> dict[str, FeedReader]:
        return dict(self.daemon._turns.readers)

    def told(self) -> dict[str, float]:
        """Return what the families of the last reload say."""
        return {one.family.name: value for one in self.reloads.samples() for _, value in one.values}

    def end(self) -> None:
        self.stop.ask()
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()
        self.ledger.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.end()


def test_a_model_that_is_added_is_counted_from_then_on_and_one_that_is_removed_vanishes(running: Running) -> None:
    running.write("predictions", prediction("a"), prediction("b", model_name="churn"))
    running.write("labels", label("a"))
    running.shows("ml_labels_total", 1, model_name="fraud")
    running.shows("ml_exporter_feed_rejected_total", 1, feed="predictions", reason="unknown_model")
    assert running.reload(configuration(FRAUD, CHURN))
    running.write("predictions", prediction("c", model_name="churn"))
    metrics = running.shows("ml_predictions_total", 1, model_name="churn")
    assert metrics.one("ml_labels_total", model_name="fraud") == 1
    assert running.reload(configuration(CHURN))
    running.shows("ml_predictions_total", None, model_name="fraud")
    running.shows("ml_predictions_total", 1, model_name="churn")


def test_a_model_that_is_put_back_goes_on_where_it_was(running: Running) -> None:
    running.write("predictions", prediction("a"), prediction("waits"))
    running.write("labels", label("a"))
    running.shows("ml_labels_total", 1, model_name="fraud")
    assert running.reload(configuration(CHURN))
    running.write("predictions", prediction("b", model_name="churn"))
    running.shows("ml_predictions_total", 1, model_name="churn")
    assert running.reload(configuration(FRAUD, CHURN))
    metrics = running.shows("ml_predictions_total", 2, model_name="fraud")
    assert metrics.one("ml_pending_predictions", model_name="fraud") == 1
    running.write("labels", label("waits"))
    running.shows("ml_labels_total", 2, model_name="fraud")


def test_feeds_are_added_removed_and_put_back_each_where_it_stood(running: Running) -> None:
    running.write("predictions", prediction("a"))
    running.shows("ml_exporter_feed_events_total", 1, feed="predictions")
    running.write("more", prediction("b"))
    assert running.reload(configuration(FRAUD, feeds=[*FEEDS, feed("more")]))
    running.shows("ml_predictions_total", 2)
    assert running.reload(configuration(FRAUD, feeds=[feed("labels", "labels"), feed("more")]))
    running.write("predictions", prediction("c"))
    running.write("more", prediction("d"))
    running.shows("ml_predictions_total", 3)
    running.shows("ml_exporter_feed_events_total", None, feed="predictions")
    assert running.reload(configuration(FRAUD))
    metrics = running.shows("ml_predictions_total", 4)
    assert metrics.one("ml_exporter_feed_events_total", feed="predictions") == 2
    assert metrics.one("ml_exporter_duplicate_events_total", feed="predictions") == 0


def test_a_feed_that_is_as_it_was_goes_on_and_one_that_is_changed_begins_anew_at_its_position(running: Running) -> None:
    running.write("predictions", prediction("a"))
    running.shows("ml_predictions_total", 1)
    before = running.readers
    assert running.reload(configuration(FRAUD, feeds=[feed("predictions", stalled_after="5m"), FEEDS[1]]))
    assert running.readers["labels"] is before["labels"]
    assert running.readers["predictions"] is not before["predictions"]
    running.write("predictions", prediction("b"))
    assert running.shows("ml_predictions_total", 2).one("ml_exporter_duplicate_events_total", feed="predictions") == 0


def test_errors_of_a_feed_go_on_being_counted_when_it_is_changed(running: Running) -> None:
    gone = feed("gone", path="gone/*.jsonl")
    assert running.reload(configuration(FRAUD, feeds=[*FEEDS, gone]))
    eventually(lambda: running.readers["gone"].errors, "the feed fails")
    assert running.reload(configuration(FRAUD, feeds=[*FEEDS, gone | {"path": "gone/a*.jsonl"}]))
    eventually(lambda: running.readers["gone"].errors >= 2, "it fails again, and that is the second time")


def test_a_bad_file_keeps_what_was_and_says_every_error(running: Running) -> None:
    running.write("predictions", prediction("a"))
    running.shows("ml_predictions_total", 1)
    since = running.told()["ml_exporter_config_last_reload_success_timestamp_seconds"]
    problems = [Problem("tick", "'x' is no duration", 3), Problem("models[0].task", "is missing; add it", 1)]
    with capture_logs() as logs:
        assert running.reload(ConfigurationError(running.folder, problems)) is False
    said = [entry["problem"] for entry in logs if entry["log_level"] == "error"]
    assert said == ["line 3: tick: 'x' is no duration", "line 1: models[0].task: is missing; add it"]
    assert running.told() == {
        "ml_exporter_config_last_reload_successful": 0.0,
        "ml_exporter_config_last_reload_success_timestamp_seconds": since,
    }
    assert running.taken_up == []
    running.write("predictions", prediction("b"))
    running.shows("ml_predictions_total", 2)
    running.clock.advance(100)
    with capture_logs() as logs:
        assert running.reload(configuration(FRAUD, CHURN)) is True
    assert running.told()["ml_exporter_config_last_reload_successful"] == 1.0
    assert running.told()["ml_exporter_config_last_reload_success_timestamp_seconds"] >= since + 100
    (told,) = (entry for entry in logs if entry["event"] == "configuration reloaded")
    assert told["models_added"] == ["churn"]
    assert told["feeds_changed"] == [] if "feeds_changed" in told else True
    assert len(running.taken_up) == 1


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"store": {"path": "elsewhere"}}, "store.path: 'elsewhere' takes a restart to change"),
        ({"server": {"listen": ["127.0.0.1:1"]}}, "server.listen: takes a restart to change"),
        ({"server": {"web_config_file": "web.yml"}}, "server.web_config_file: takes a restart to change"),
        ({"server": {"max_connections": 3}}, "server.max_connections: takes a restart to change"),
    ],
)
def test_what_takes_a_restart_is_refused_with_all_the_rest(
    running: Running, options: dict[str, Any], place: str
) -> None:
    with capture_logs() as logs:
        assert running.reload(configuration(CHURN, **options)) is False
    (said,) = (entry["problem"] for entry in logs if entry["log_level"] == "error")
    assert said == f"{place}; restart the exporter, or undo the change"
    running.write("predictions", prediction("a"))
    running.shows("ml_predictions_total", 1, model_name="fraud")


def test_how_long_a_scrape_waits_for_collectors_may_change(running: Running) -> None:
    assert running.reload(configuration(FRAUD, server={"collector_patience": "1s"}))


def test_a_configuration_that_would_read_the_store_as_something_else_is_refused(running: Running) -> None:
    running.write("predictions", prediction("a"))
    running.shows("ml_predictions_total", 1)
    with capture_logs() as logs:
        assert running.reload(configuration({"name": "fraud", "task": "regression"})) is False
    assert any("the store keeps the model fraud with the task binary" in entry.get("problem", "") for entry in logs)
    running.shows("ml_predictions_total", 1)


def test_a_reference_that_is_not_there_is_refused(running: Running) -> None:
    with capture_logs() as logs:
        assert running.reload(configuration(FRAUD | {"baseline": {"reference": "none.csv"}})) is False
    assert any("none.csv" in entry.get("problem", "") for entry in logs)


def test_wishes_that_come_together_are_fulfilled_together_and_one_that_takes_long_is_not_waited_for() -> None:
    reloads, done = Reloads(ManualClock(NOW), lambda: None), []
    assert not reloads.due
    for _ in range(3):
        reloads.ask()
    assert reloads.due
    reloads.fulfil(lambda: bool(done.append(1) or True))
    assert (len(done), reloads.due) == (1, False)
    assert reloads.ask_and_wait(0) is None
    assert reloads.due
