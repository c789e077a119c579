"""When the daemon ticks, whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.pipeline.schedule import TickSchedule


def test_the_first_tick_is_due_at_once() -> None:
    assert TickSchedule(15.0).due(1000.0)
    assert TickSchedule(15.0).remaining(1000.0) == 0.0


def test_the_next_tick_is_due_a_period_after_the_last_one_began() -> None:
    schedule = TickSchedule(15.0)
    schedule.ticked(1000.0, 1002.0)
    assert not schedule.due(1014.9)
    assert schedule.remaining(1005.0) == 10.0
    assert schedule.due(1015.0)


def test_ticks_that_take_longer_than_their_period_leave_as_much_time_for_batches() -> None:
    schedule = TickSchedule(15.0)
    schedule.ticked(1000.0, 1040.0)
    assert not schedule.due(1040.0)
    assert schedule.remaining(1040.0) == 40.0
    assert schedule.due(1080.0)


@given(st.floats(0.001, 1e9), st.floats(0, 1e4))
def test_a_clock_that_is_set_back_never_delays_a_tick_beyond_its_period(back: float, took: float) -> None:
    schedule = TickSchedule(15.0)
    schedule.ticked(2e9, 2e9 + took)
    now = 2e9 - back
    assert schedule.due(now)
    schedule.ticked(now, now)
    assert schedule.remaining(now) <= 15.001


def test_a_clock_that_is_set_back_during_a_tick_makes_the_next_one_due() -> None:
    schedule = TickSchedule(15.0)
    schedule.ticked(5000.0, 1000.0)
    assert schedule.due(1001.0)


def test_it_tells_how_far_the_clock_was_set_back() -> None:
    schedule = TickSchedule(15.0)
    assert schedule.set_back(1000.0) == 0
    schedule.ticked(1000.0, 1001.0)
    assert schedule.set_back(990.0) == 10
    assert schedule.set_back(1010.0) == 0
