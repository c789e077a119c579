"""Ages never overlook an old row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.ledger.segmented.ages import BLOCK_ROWS, Ages

_batch = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), min_size=1, max_size=5)


@given(batches=st.lists(_batch, max_size=6), model=st.integers(0, 4), before=st.integers(0, 51), gap=st.integers(0, 3))
def test_a_block_with_an_old_row_is_named_and_a_block_that_was_settled_is_not(
    batches: list[list[tuple[int, int]]], model: int, before: int, gap: int
) -> None:
    ages, rows, at = Ages.empty(), [], 0
    for batch in batches:
        at += gap * BLOCK_ROWS // 2
        ages.note(
            at,
            np.array([owner for owner, _ in batch], dtype=np.int32),
            np.array([time for _, time in batch], dtype=np.float64),
        )
        rows += [(at + place, owner, time) for place, (owner, time) in enumerate(batch)]
        at += len(batch)
    old = {row // BLOCK_ROWS for row, owner, time in rows if owner == model and time < before}
    assert set(ages.blocks_before(model, before).tolist()) == old
    if old:
        left = [
            (row, time) for row, owner, time in rows if owner == model and time >= before and row // BLOCK_ROWS in old
        ]
        settled = ages.copy()
        settled.settle(
            model,
            np.array(sorted(old)),
            np.array([row for row, _ in left], dtype=np.intp),
            np.array([time for _, time in left], dtype=np.float64),
        )
        assert settled.blocks_before(model, before).tolist() == []
        younger = {row // BLOCK_ROWS for row, time in left if time < before + 5}
        assert younger <= set(settled.blocks_before(model, before + 5).tolist())
        assert set(ages.blocks_before(model, before).tolist()) == old
