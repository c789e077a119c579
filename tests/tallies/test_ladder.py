"""The ladder: which bucket an instant belongs to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.tallies import Ladder

LADDER = Ladder((60.0, 300.0, 3600.0), (7200.0, 172800.0, 3456000.0))
NOW = 1_700_000_123.0


def bucket(instant: float, at: float = NOW, first: int = 0) -> tuple[int, float]:
    rung, start = LADDER.place(np.array([instant]), at, first)
    return int(rung[0]), float(start[0])


def test_a_fresh_instant_is_in_the_finest_bucket() -> None:
    assert bucket(NOW) == (0, NOW // 60 * 60)


def test_histograms_begin_at_the_second_rung_where_there_is_one() -> None:
    assert LADDER.first_rung(histogram=True) == 1
    assert bucket(NOW, first=1) == (1, NOW // 300 * 300)
    assert Ladder((60.0,), (3600.0,)).first_rung(histogram=True) == 0


def test_an_older_instant_is_in_a_coarser_bucket() -> None:
    assert bucket(NOW - 3 * 3600)[0] == 1
    assert bucket(NOW - 3 * 86400)[0] == 2


def test_an_instant_older_than_everything_kept_is_in_no_bucket() -> None:
    assert bucket(NOW - 3456000 - 3700)[0] == 3


@given(st.floats(0, 3_400_000), st.floats(0, 3_400_000))
def test_instants_of_one_coarser_span_are_always_rolled_up_together(age: float, later: float) -> None:
    instant = NOW - age
    begin, end = instant // 300 * 300, instant // 300 * 300 + 299
    at = NOW + later
    finest = {bucket(begin, at)[0] == 0, bucket(end, at)[0] == 0}
    assert len(finest) == 1


@given(st.floats(0, 3_400_000), st.floats(0, 1_000_000))
def test_with_time_a_bucket_only_grows_coarser(age: float, later: float) -> None:
    assert bucket(NOW - age, NOW + later)[0] >= bucket(NOW - age, NOW)[0]


@given(st.floats(0, 3_400_000), st.floats(0, 1_000_000))
def test_outgrown_says_when_place_would_choose_another_bucket(age: float, later: float) -> None:
    rung, start = bucket(NOW - age)
    if rung < 3:
        moved = bucket(start, NOW + later, rung)[0] != rung
        assert LADDER.outgrown(LADDER.widths[rung], start, NOW + later) == moved
