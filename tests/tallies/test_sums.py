"""Sums: the algebra that everything rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.tallies import DamagedState, Sums

Event = tuple[int, float, float]
FAR = 10**12
"""A cell so far from the others that no table of all between them is made."""

EVENTS = st.lists(
    st.tuples(st.integers(0, 6) | st.just(FAR), st.integers(-1000, 1000).map(float), st.integers(0, 9).map(float)),
    max_size=30,
)


def folded(events: list[Event], weight: float = 1.0) -> Sums:
    cells = np.array([event[0] for event in events], dtype=np.int64)
    values = np.array([event[1:] for event in events], dtype=np.float64).reshape(len(events), 2)
    return Sums.fold(cells, values, weight)


def plain(sums: Sums) -> dict[int, tuple[float, ...]]:
    """Return the cells that hold anything."""
    return {
        int(cell): tuple(values) for cell, values in zip(sums.cells, sums.values.tolist(), strict=True) if any(values)
    }


@given(EVENTS)
def test_folding_equals_a_plain_loop(events: list[Event]) -> None:
    expected: dict[int, list[float]] = {}
    for cell, first, second in events:
        total = expected.setdefault(cell, [0.0, 0.0])
        total[0] += first
        total[1] += second
    assert plain(folded(events)) == {cell: tuple(total) for cell, total in expected.items() if any(total)}


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(-1e9, 1e9), st.floats(-1, 1)), max_size=30))
def test_cells_that_lie_far_apart_are_added_up_as_those_next_to_each_other_to_the_last_bit(events: list[Event]) -> None:
    near, far = folded(events), folded([(FAR * cell, first, second) for cell, first, second in events])
    assert (near.cells * FAR).tolist() == far.cells.tolist()
    assert near.values.tobytes() == far.values.tobytes()


@given(EVENTS, EVENTS)
def test_merging_commutes(first: list[Event], second: list[Event]) -> None:
    assert plain(folded(first).merge(folded(second))) == plain(folded(second).merge(folded(first)))


@given(EVENTS, EVENTS, EVENTS)
def test_merging_is_associative(first: list[Event], second: list[Event], third: list[Event]) -> None:
    one, two, three = folded(first), folded(second), folded(third)
    assert plain(one.merge(two).merge(three)) == plain(one.merge(two.merge(three)))


@given(EVENTS, EVENTS)
def test_folding_then_merging_equals_folding_all_at_once(first: list[Event], second: list[Event]) -> None:
    assert plain(folded(first).merge(folded(second))) == plain(folded(first + second))


@given(EVENTS, EVENTS)
def test_folding_with_weight_minus_one_takes_events_back(kept: list[Event], retracted: list[Event]) -> None:
    assert plain(folded(kept + retracted).merge(folded(retracted, weight=-1.0))) == plain(folded(kept))


@given(EVENTS)
def test_cells_are_rising_and_unique(events: list[Event]) -> None:
    assert np.all(np.diff(folded(events).cells) > 0)


@given(EVENTS)
def test_stored_bytes_give_the_same_sums_back(events: list[Event]) -> None:
    sums = folded(events)
    again = Sums.from_bytes(sums.to_bytes())
    assert np.array_equal(again.cells, sums.cells)
    assert np.array_equal(again.values, sums.values)


@given(EVENTS.filter(bool), st.data())
def test_any_damaged_byte_is_found(events: list[Event], data: st.DataObject) -> None:
    stored = bytearray(folded(events).to_bytes())
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= 0xFF
    with pytest.raises(DamagedState):
        Sums.from_bytes(bytes(stored))


def test_merging_with_nothing_changes_nothing() -> None:
    sums = folded([(1, 2.0, 3.0)])
    assert plain(Sums.empty(2).merge(sums)) == plain(sums.merge(Sums.empty(2))) == {1: (2.0, 3.0)}


def test_what_is_stored_takes_what_is_filled_and_not_what_could_be() -> None:
    random = np.random.default_rng(0)
    series, bins = np.repeat(np.arange(1000), 20), random.integers(0, 2002, 20_000)
    sums = Sums.fold(series * 2002 + bins, np.ones((20_000, 2)))
    assert len(sums.to_bytes()) < 6 * len(sums.cells)


def test_sums_that_are_no_small_counts_come_back_as_they_were() -> None:
    values = np.array([[0.1, -1.0, 256.0], [np.inf, 2.0**40, 0.0], [np.nan, 3.0, 70_000.0]])
    sums = Sums(np.array([5, 2**40, 2**41]), values)
    again = Sums.from_bytes(sums.to_bytes())
    assert np.array_equal(again.cells, sums.cells)
    np.testing.assert_array_equal(again.values, values)
