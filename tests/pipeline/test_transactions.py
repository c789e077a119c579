"""A batch and a tick happen as a whole or not at all, in the store and in memory."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_exporter.ledger import StoreError
from ml_exporter.pipeline import FeedStatus
from tests.pipeline.faults import FailAt, Photographer, Watched, copy_store
from tests.pipeline.in_process import NOW, InProcess, Start, label, monitoring, prediction
from tests.scraped import Scraped

CONFIGURATION = monitoring(
    {
        "name": "fraud",
        "task": "binary",
        "segments": ["country"],
        "objectives": {"accuracy": {"threshold": 0.9, "minimum_outcomes": 5}, "prediction_latency_p99": 0.5},
    },
    windows=["1h"],
)
PREDICTIONS = [
    prediction(str(number), score=number / 10, prediction=None, segment={"country": "DE"}, latency_seconds=number / 9)
    for number in range(10)
]
LABELS = [label(str(number), number % 2) for number in range(12)]
MORE = [
    prediction("11", model_version="v2", segment={}),
    prediction("0"),
    {"no": "event"},
    prediction("x", status="down"),
]


def before(exporter: InProcess) -> None:
    """Make a store in which something has happened."""
    exporter.predict(*PREDICTIONS)
    exporter.label(*LABELS[:8])
    exporter.tick()
    exporter.close()


def dump(store: Path) -> list[str]:
    """Return everything that is in a store."""
    with sqlite3.connect(store / "ledger.sqlite") as database:
        return list(database.iterdump())


def a_batch_of_predictions(exporter: InProcess) -> None:
    exporter.predict(*MORE)


def a_batch_of_labels(exporter: InProcess) -> None:
    exporter.label(*LABELS[8:], label("3", 0), label("3", 1), {"no": "event"})


def a_tick_that_rolls_up_and_expires(exporter: InProcess) -> None:
    exporter.at = NOW + 3 * 86400
    exporter.tick()


@pytest.mark.parametrize(
    ("work", "error"),
    [
        (a_batch_of_predictions, StoreError("the disk is full")),
        (a_batch_of_labels, RuntimeError("a bug")),
        (a_tick_that_rolls_up_and_expires, StoreError("the disk is full")),
    ],
)
def test_a_failure_at_any_step_changes_nothing_and_trying_again_does_it_once(
    work: Callable[[InProcess], None], error: Exception, tmp_path: Path, start: Start
) -> None:
    before(start(tmp_path / "before", CONFIGURATION))
    stored = dump(tmp_path / "before")
    copy_store(tmp_path / "before", tmp_path / "once")
    work(start(tmp_path / "once", CONFIGURATION))
    expected = dump(tmp_path / "once")
    steps = 0
    while True:
        store = tmp_path / str(steps)
        copy_store(tmp_path / "before", store)
        exporter = start(store, CONFIGURATION)
        fault = FailAt(steps, error)
        exporter.watch(lambda ledger, fault=fault: Watched(ledger, fault))
        if tried(work, exporter, type(error)):
            break
        assert dump(store) == stored
        work(exporter)
        assert dump(store) == expected
        exporter.close()
        steps += 1
    assert not fault.reached
    assert steps > 5


def tried(work: Callable[[InProcess], None], exporter: InProcess, error: type[Exception]) -> bool:
    """Try to do work; tell whether it was done."""
    try:
        work(exporter)
    except error:
        return False
    return True


def test_a_kill_at_any_step_and_a_restart_count_everything_once(tmp_path: Path, start: Start) -> None:
    work: list[tuple[str, list[object]]] = [
        ("predictions", PREDICTIONS[:6]),
        ("labels", LABELS[:8]),
        ("tick", []),
        ("predictions", [*PREDICTIONS[4:], *MORE]),
        ("labels", [*LABELS[6:], label("3", 0)]),
        ("tick", []),
    ]
    exporter = start(tmp_path / "store", CONFIGURATION)
    camera = Photographer(tmp_path / "store", tmp_path / "album")
    exporter.database.execute("PRAGMA cache_size=4")  # so that it writes before it commits
    exporter.watch(lambda ledger: Watched(ledger, camera))
    for step in work:
        take(exporter, *step)
    expected = exporter.tick()
    assert len(camera.copies) > 2 * len(work)
    for copy in camera.copies:
        restarted = start(copy, CONFIGURATION)
        for feed in ("predictions", "labels"):
            batches = [events for name, events in work if name == feed]
            done = int(restarted.engine.position(feed) or b"0")
            restarted.done[feed] = done
            for events in batches[done:]:
                take(restarted, feed, events)
        assert same(restarted.tick(), expected)
        restarted.close()


def take(exporter: InProcess, feed: str, events: list[object]) -> None:
    if feed == "tick":
        exporter.tick(labels=FeedStatus(behind=True))
    else:
        exporter.process(feed, *events)


def same(one: Scraped, other: Scraped) -> bool:
    """Compare all but what depends on ticks, whose number differs."""
    tells = [
        {found: value for found, value in metrics.items() if "last_tick" not in found[0] and "late" not in found[0]}
        for metrics in (one, other)
    ]
    return tells[0] == pytest.approx(tells[1], rel=1e-12)


def test_reading_everything_again_changes_nothing_but_the_count_of_duplicates(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(*PREDICTIONS)
    exporter.label(*LABELS)
    once = exporter.tick()
    exporter.predict(*PREDICTIONS)
    exporter.restart()
    exporter.label(*LABELS)
    twice = exporter.tick()
    changed = {found[0] for found, value in twice.items() if once[found] != value}
    assert changed <= {
        "ml_exporter_feed_events_total",
        "ml_exporter_duplicate_events_total",
        "ml_exporter_last_tick_duration_seconds",
    }
    assert twice.one("ml_exporter_duplicate_events_total", feed="predictions") == len(PREDICTIONS)
    assert twice.one("ml_exporter_duplicate_events_total", feed="labels") == len(LABELS)


def test_a_full_disk_is_an_error_that_can_be_tried_again_and_loses_nothing(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(*PREDICTIONS)
    pages = exporter.database.execute("PRAGMA page_count").fetchone()[0]
    exporter.database.execute(f"PRAGMA max_page_count={pages}")
    many = [prediction(f"many-{number}") for number in range(5000)]
    for _ in range(2):
        with pytest.raises(StoreError, match=r"full.*check free space"):
            exporter.predict(*many)
    exporter.database.execute("PRAGMA max_page_count=1000000")
    exporter.predict(*many)
    metrics = exporter.tick()
    assert metrics.one("ml_predictions_total") == 5010
    assert metrics.one("ml_exporter_feed_events_total", feed="predictions") == 5010


def test_a_store_that_can_be_read_only_is_an_error_that_can_be_tried_again(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(*PREDICTIONS)
    exporter.database.execute("PRAGMA query_only=1")
    with pytest.raises(StoreError, match="readonly"):
        exporter.label(*LABELS)
    with pytest.raises(StoreError, match="readonly"):
        exporter.tick()
    exporter.database.execute("PRAGMA query_only=0")
    exporter.label(*LABELS)
    assert exporter.tick().one("ml_labels_total") == 10


def test_a_store_that_cannot_even_be_read_after_a_failure_can_be_tried_again(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(*PREDICTIONS)

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        for method in ("write", "read", "read_all"):
            patch.setattr(exporter.ledger, method, broken)
        for _ in range(2):
            with pytest.raises(StoreError, match="disk I/O error"):
                exporter.label(*LABELS)
    exporter.label(*LABELS)
    assert exporter.tick().one("ml_labels_total") == 10


def test_a_batch_writes_no_more_than_it_brought_however_much_its_buckets_hold(tmp_path: Path, start: Start) -> None:
    exporter = start(tmp_path, CONFIGURATION)
    exporter.predict(*(prediction(str(number), segment={"country": str(number % 90)}) for number in range(2000)))
    written: list[int] = []
    write = exporter.ledger.write
    exporter.ledger.write = lambda name, content: (written.append(len(content or b"")), write(name, content))[1]
    exporter.label(label("1"))
    small = sum(written)
    exporter.label(*(label(str(number), number % 2) for number in range(2, 1999)))
    exporter.tick()
    written.clear()
    exporter.label(label("1999"))
    assert sum(written) < 1.2 * small
    kept = exporter.tick()
    exporter.restart()
    assert same(exporter.tick(), kept)
