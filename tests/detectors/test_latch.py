"""The latch: raised once, kept through silence, released after a set time inside the baseline."""

import numpy as np
import pytest

from ml_exporter.detectors import Settings, State, detector, latch
from ml_exporter.detectors import state as states
from tests.detectors.builders import MINUTE, START, Floats, baseline, counts, every, values

YES, NO = np.array([True]), np.array([False])
SETTINGS = Settings(recover_for=3600.0)


def feed(
    state: State, bad: Floats | list[float], first: int, outcomes: float = 100, settings: Settings = SETTINGS
) -> tuple[State, list[int]]:
    """Feed buckets without new alarms; return the state and the buckets at which the stream recovered."""
    recoveries = []
    for index, count in enumerate(bad, start=first):
        bucket = counts(index, every(1, outcomes), every(1, count))
        state, recovered = latch.update(state, NO, baseline(1, bound=0.1), bucket, settings)
        recoveries += [index] * int(recovered[0])
    return state, recoveries


def raised() -> State:
    state, _ = latch.update(latch.start(1), YES, baseline(1), counts(0, every(1, 100), every(1, 30)), SETTINGS)
    return state


def test_an_alarm_is_dated_counted_and_not_raised_twice() -> None:
    state = raised()
    assert (state["latched"][0], state["alarms"][0]) == (1, 1)
    assert state["since"][0] == START + MINUTE
    again, _ = latch.update(state, YES, baseline(1), counts(1, every(1, 100), every(1, 30)), SETTINGS)
    assert again["alarms"][0] == 1
    assert again["since"][0] == START + MINUTE


def test_it_ends_after_an_hour_inside_the_baseline() -> None:
    state, recoveries = feed(raised(), [8] * 100, 1)
    assert recoveries == [60]
    assert state["latched"][0] == 0
    assert np.isnan(state["since"][0])


def test_a_relapse_starts_the_hour_anew() -> None:
    _, recoveries = feed(raised(), [8] * 50 + [100, 100] + [8] * 100, 1)
    assert recoveries == [52 + 60]


def test_small_exceedances_within_a_good_hour_do_not() -> None:
    _, recoveries = feed(raised(), [8, 8, 8, 11, 12] * 30, 1)
    assert recoveries == [60]


def test_missing_data_neither_ends_an_alarm_nor_prolongs_it() -> None:
    state, recoveries = feed(raised(), [8] * 30, 1)
    state, silence = feed(state, [0] * 500, 31, outcomes=0)
    assert not recoveries
    assert not silence
    assert state["latched"][0] == 1
    _, recoveries = feed(state, [8] * 40, 531)
    assert recoveries == [560]


def test_a_restart_changes_nothing() -> None:
    state, _ = feed(raised(), [8] * 30, 1)
    restored = states.from_bytes(states.to_bytes(state))
    assert feed(restored, [8] * 40, 31)[1] == feed(state, [8] * 40, 31)[1] == [60]


def test_labels_that_come_once_a_night_recover_after_three_good_ones() -> None:
    state = raised()
    known = baseline(1, bound=0.1, filled=1 / 1440)
    nights = []
    for night in range(1, 6):
        bucket = counts(1440 * night, every(1, 100), every(1, 8))
        state, recovered = latch.update(state, NO, known, bucket, SETTINGS)
        nights += [night] * int(recovered[0])
    assert nights == [3]


def test_values_recover_as_rates_do() -> None:
    state = raised()
    minutes = []
    for index in range(1, 100):
        bucket = values(index, every(1, 0.05 if index > 10 else 0.4))
        state, recovered = latch.update(state, NO, baseline(1, bound=0.1), bucket, SETTINGS)
        minutes += [index] * int(recovered[0])
    assert minutes == [70]


@pytest.mark.parametrize("rate", [0.08, 0.07])
def test_a_healthy_metric_recovers_and_a_bad_one_does_not(rate: float) -> None:
    random = np.random.default_rng(0)
    streams = 200
    state = latch.start(streams)
    known = baseline(streams, bound=0.085)
    bad_rate = np.where(np.arange(streams) < 100, rate, 0.1)
    state, _ = latch.update(
        state, np.ones(streams, dtype=bool), known, counts(0, every(streams, 200), every(streams, 30)), SETTINGS
    )
    for index in range(1, 600):
        bucket = counts(index, every(streams, 200), random.binomial(200, bad_rate))
        state, _ = latch.update(state, np.zeros(streams, dtype=bool), known, bucket, SETTINGS)
    assert not state["latched"][:100].any()
    assert state["latched"][100:].all()


def test_after_recovery_the_detector_starts_at_nothing_and_alarms_again() -> None:
    sequential = detector("sequential")
    random = np.random.default_rng(1)
    known = baseline(1, bound=0.085)
    state, held = sequential.start(1), latch.start(1)
    alarms = []
    for index in range(900):
        rate = 0.12 if 100 <= index < 200 or 600 <= index < 700 else 0.08
        bucket = counts(index, every(1, 200), random.binomial(200, rate, 1))
        state, evidence = sequential.update(state, known, bucket, SETTINGS)
        before = held["alarms"][0]
        held, recovered = latch.update(held, evidence.alarm, known, bucket, SETTINGS)
        alarms += [index] * int(held["alarms"][0] - before)
        state = states.restart(state, recovered, sequential.start)
    assert len(alarms) == 2
    assert 100 < alarms[0] < 130
    assert 600 < alarms[1] < 630
    assert held["latched"][0] == 0
