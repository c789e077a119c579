"""Anomalies: how unusual a version is over all its metrics at once."""

import numpy as np
import pytest

from ml_exporter.detectors.degradation import PREFIX, Anomaly
from tests.detectors.degradation.world import BEGIN, World, monitoring

DAY = 86400.0


def world(**model: object) -> World:
    made = World(monitoring(model={"baseline": {"period": "6d"}, **model}))
    made.past(6 * DAY, rows=43_200)
    return made


def score(made: World, *accuracy: float, rows: int = 5) -> Anomaly:
    made.minutes(60, accuracy=accuracy or (0.92, 0.92), rows=rows, step=60)
    (found,) = made.judge.anomalies
    return found


def test_usual_hours_are_below_1_and_odd_ones_far_above() -> None:
    made = world()
    usual = [score(made) for _ in range(20)]
    assert all(one.score < 1.5 for one in usual)
    assert np.median([one.score for one in usual]) < 0.7
    odd = score(made, 0.5, 0.5)
    assert odd.score > 2
    assert odd.at == made.at
    assert (odd.model_name, odd.model_version) == ("m", "v1")


def test_an_hour_in_which_only_the_volume_is_odd_is_odd() -> None:
    made = world()
    assert score(made, rows=200).score > 2


def test_with_few_hours_nothing_is_known() -> None:
    made = World()
    made.past(DAY)
    made.minutes(60, step=60)
    assert made.judge.anomalies == []


def test_what_is_known_survives_a_restart() -> None:
    made = world()
    before = score(made)
    assert any(name == f"{PREFIX}anomalies" for name in made.store)
    made.restart()
    made.tick()
    assert made.judge.anomalies == [before]


def test_the_threshold_is_exceeded_by_as_many_of_the_baselines_hours_as_promised() -> None:
    made = World(monitoring(model={"baseline": {"period": "20d"}}, detection={"false_alarm_every": "20h"}))
    made.past(20 * DAY, rows=144_000)
    fresh = [score(made).score for _ in range(120)]
    assert np.mean(np.array(fresh) > 1) == pytest.approx(1 / 20, abs=0.06)


def test_a_metric_that_never_varies_harms_nothing() -> None:
    made = World(monitoring(model={"baseline": {"period": "6d"}}))
    made.at = BEGIN
    made.past(6 * DAY, accuracy=(1.0, 1.0), rows=43_200)
    assert np.isfinite(score(made, 1.0, 1.0).score)


def test_a_model_for_which_it_is_switched_off_is_not_scored() -> None:
    made = world(switches={"anomaly_detection": False})
    made.minutes(60, step=60)
    assert made.judge.anomalies == []
    assert f"{PREFIX}anomalies" not in made.store or b"v1" not in made.store[f"{PREFIX}anomalies"]
