"""Sums that grow by parts, and batches that are placed once: the same to the last bit as one addition after another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.tallies import Ladder, Sums, growing
from ml_exporter.tallies.growing import GrowingSums
from ml_exporter.tallies.placing import Placed

Part = list[tuple[int, float]]
PARTS = st.lists(st.lists(st.tuples(st.integers(0, 9), st.floats(-1e6, 1e6)), max_size=8), min_size=1, max_size=8)


def folded(part: Part) -> Sums:
    cells = np.array([cell for cell, _ in part], dtype=np.int64)
    return Sums.fold(cells, np.array([value for _, value in part], dtype=np.float64).reshape(-1, 1))


@given(PARTS, st.sets(st.integers(0, 8)), st.sampled_from([1, 5, 1000]))
def test_when_parts_are_put_together_does_not_matter_to_the_last_bit(
    parts: list[Part], looks: set[int], at_least: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "_AT_LEAST", at_least)
        grown = GrowingSums(Sums.empty(1))
        expected = Sums.empty(1)
        for number, part in enumerate(parts):
            grown.add(folded(part))
            expected = expected.merge(folded(part))
            if number in looks:
                assert grown.whole.values.tolist() == expected.values.tolist()
    assert grown.whole.cells.tolist() == expected.cells.tolist()
    assert grown.whole.values.tolist() == expected.values.tolist()


def test_parts_do_not_pile_up() -> None:
    grown = GrowingSums(Sums.empty(1))
    for number in range(200):
        grown.add(Sums(np.arange(1000) + number * 1000, np.ones((1000, 1))))
        assert grown._cells_of_parts <= max(growing._AT_LEAST, len(grown._whole.cells))
    assert len(grown.whole.cells) == 200_000


LADDER = Ladder((60.0, 300.0, 3600.0), (7200.0, 86400.0, 864000.0))


@given(st.lists(st.floats(1e9 - 1e6, 1e9), min_size=1, max_size=50), st.integers(0, 2))
def test_events_are_placed_as_one_by_one(times: list[float], first: int) -> None:
    placed = Placed.of(LADDER, np.array(times), 1e9, first)
    rung, start = LADDER.place(np.array(times), 1e9, first)
    for code, index, begin in zip(placed.code.tolist(), rung.tolist(), start.tolist(), strict=True):
        expected = None if index == len(LADDER.widths) else (LADDER.widths[index], begin)
        assert placed.buckets[code] == expected
