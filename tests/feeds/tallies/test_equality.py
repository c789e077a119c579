"""Events counted in several places and taken in as tallies are what one exporter would have counted."""

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ml_exporter.config import Monitoring
from tests.feeds.tallies.events import (
    FRAUD,
    WEATHER,
    Exporter,
    assert_same,
    by_one_process,
    configuration,
    made,
    of_models,
    shown,
    tally,
)
from tests.pipeline.in_process import NOW, make_batch

CHURN = {"name": "fraud", "task": "binary", "missing_label": {"after": "1h", "actual": 0}}

Event = dict[str, Any]


def newest(*events: list[Event]) -> dict[str, float]:
    """Return the time of each model's newest event."""
    times: dict[str, float] = {}
    for one in (one for part in events for one in part):
        times[one["model_name"]] = max(times.get(one["model_name"], 0.0), one["timestamp"])
    return times


def counted_apart(folder: Path, monitoring: Monitoring, events: tuple[list[Event], list[Event]], places: int) -> None:
    """Count events in several places, by their ids, and write a file of each."""
    times = newest(*events)
    for place in range(places):
        predictions, labels = (
            [one for one in part if int(one["prediction_id"].split("-")[1]) % places == place] for part in events
        )
        tally(folder / "tallies", monitoring, predictions, labels, place, newest=times)


@pytest.mark.parametrize(
    "monitoring",
    [
        configuration(windows=["1h", "7d"], detection={"enabled": False}),
        configuration(windows=["24h"], detection={"enabled": False}, window_by="prediction"),
        configuration(FRAUD, windows=["7d"]),
    ],
    ids=["of every task", "by prediction time", "with verdicts"],
)
def test_a_months_events_counted_in_three_places_show_what_one_exporter_shows(
    tmp_path: Path, monitoring: Monitoring
) -> None:
    events = of_models(monitoring, made(1000))
    exporter = Exporter(tmp_path, monitoring)
    counted_apart(tmp_path, monitoring, events, 3)
    exporter.read()
    assert_same(by_one_process(monitoring, *events), shown(exporter.text()))
    exporter.close()


SMALL = configuration(FRAUD, WEATHER, windows=["1h", "24h"], detection={"enabled": False})
EVENTS = made(160)


@cache
def expected() -> str:
    return by_one_process(SMALL, *of_models(SMALL, EVENTS))


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each takes a second
@given(places=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_however_events_are_divided_files_ordered_and_reading_interrupted_the_sums_are_the_same(
    places: int, seed: int
) -> None:
    chance = random.Random(seed)
    events = of_models(SMALL, EVENTS)
    times = newest(*events)
    place = {one["prediction_id"]: chance.randrange(places) for one in events[0]}
    order = chance.sample(range(places), places)
    with TemporaryDirectory() as name:
        folder = Path(name)
        exporter = Exporter(folder, SMALL)
        for number in order:
            own, told = ([one for one in part if place[one["prediction_id"]] == number] for part in events)
            file = tally(folder / "tallies", SMALL, own, told, number, newest=times)
            if chance.random() < 0.5:
                exporter.read()
            if chance.random() < 0.5:
                exporter.close()
                exporter.open()
            if chance.random() < 0.5:
                file.rename(file.with_name(f"again-{file.name}"))
        exporter.read()
        assert exporter.read() == 0
        text = shown(exporter.text())
        exporter.close()
    assert_same(expected(), text)


def test_silence_and_expiry_are_counted_where_the_events_are_joined(tmp_path: Path) -> None:
    monitoring = configuration(CHURN, windows=["7d"], label_horizon="2d")
    predictions, labels = of_models(monitoring, made(800))
    for one in labels:  # within the hour in which silence says nothing yet
        one["timestamp"] = min(one["timestamp"], 60 + next_time(predictions, one["prediction_id"]))
    exporter = Exporter(tmp_path, monitoring)
    counted_apart(tmp_path, monitoring, (predictions, labels), 2)
    exporter.read()
    text = shown(exporter.text())
    exporter.close()
    assert "ml_assumed_labels_total" in text
    assert_same(by_one_process(monitoring, predictions, labels), text)


def next_time(predictions: list[Event], identifier: str) -> float:
    """Return when a prediction was made."""
    return float(next(one["timestamp"] for one in predictions if one["prediction_id"] == identifier))


def test_what_comes_late_counts_in_the_open_bucket_of_the_detectors(tmp_path: Path) -> None:
    """Bucket after bucket has been judged when the tallies come: they are judged as single events would be."""
    monitoring = configuration(FRAUD, windows=["7d"])
    predictions, labels = of_models(monitoring, made(400))
    (tmp_path / "one").mkdir()
    tallied, single = Exporter(tmp_path, monitoring), Exporter(tmp_path / "one", monitoring)
    for exporter in (tallied, single):
        exporter.text()
        exporter.at = NOW + 600
    tally(tmp_path / "tallies", monitoring, predictions, labels, 0, newest=newest(predictions, labels))
    tallied.read()
    for feed, events in zip(monitoring.feeds, (predictions, labels), strict=False):
        single.engine.process(make_batch(monitoring, feed, events, b"", NOW), single.at)
    for moment in (700.0, 2000.0):
        tallied.at = single.at = NOW + moment
        text = shown(tallied.text())
        assert_same(shown(single.text()), text)
    assert "ml_exporter_late_outcomes_total 0" not in text
    tallied.close()
    single.close()


def test_values_beyond_the_slots_share_one_slice_and_nothing_of_them_is_lost(tmp_path: Path) -> None:
    few = configuration({**FRAUD, "max_segment_values": 2}, windows=["24h"], detection={"enabled": False})
    predictions = [
        {"prediction_id": f"p-{number}", "model_name": "fraud", "timestamp": NOW - 60, "prediction": 1}
        | {"segment": {"country": f"c{number % 7}", "channel": "a"}}
        for number in range(70)
    ]
    labels = [{"prediction_id": f"p-{number}", "timestamp": NOW - 30, "actual": 1} for number in range(70)]
    exporter = Exporter(tmp_path, few)
    for place in range(3):
        tally(tmp_path / "tallies", few, predictions[place::3], labels[place::3], place)
    exporter.read()
    outcomes = [line for line in shown(exporter.text()).splitlines() if "ml_segment_window_outcomes" in line]
    exporter.close()
    countries = {
        line.split('segment_value="')[1].split('"')[0]: float(line.split()[-1])
        for line in outcomes
        if "country" in line
    }
    assert len(countries) == 3
    assert countries["__other__"] == 50
    assert sum(countries.values()) == 70
