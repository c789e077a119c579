"""Hash to rows, in memory and sorted: both find what a dictionary of lists finds."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml_exporter.ledger.segmented import memory_index, sorted_index
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.memory_index import MemoryIndex
from ml_exporter.ledger.segmented.sorted_index import SortedIndex

_alike = st.integers(0, 7).map(lambda low: 0xABCD_0000_0000_0000 | low)
_hash = st.one_of(st.integers(0, 2**64 - 1), _alike, st.sampled_from([0, 1, 2**63, 2**64 - 1]))
_hashes = st.lists(_hash, min_size=1, max_size=200).map(lambda values: np.array(values, dtype=np.uint64))


def naive(rows: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> list[tuple[int, int]]:
    by_hash = defaultdict(list)
    for row, value in enumerate(rows.tolist()):
        by_hash[value].append(row)
    return sorted((query, row) for query, value in enumerate(wanted.tolist()) for row in by_hash[value])


def pairs(found: Found) -> list[tuple[int, int]]:
    return sorted(zip(found.query.tolist(), found.row.tolist(), strict=True))


@given(rows=_hashes, others=_hashes, cuts=st.lists(st.integers(0, 200), max_size=4))
def test_the_index_in_memory_finds_every_row_whatever_batches_it_is_filled_in(
    rows: NDArray[np.uint64], others: NDArray[np.uint64], cuts: list[int]
) -> None:
    index = MemoryIndex(rows)
    ends = sorted({*(min(cut, len(rows)) for cut in cuts), len(rows)})
    for start, end in zip([0, *ends], ends, strict=False):
        index.insert(end - start)
    wanted = np.concatenate([rows, others])
    assert pairs(index.find(wanted)) == naive(rows, wanted)


def test_the_index_in_memory_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_index, "_FIRST_ROWS", 4)
    rows = np.random.default_rng(1).integers(0, 2**64 - 1, 5000, dtype=np.uint64)
    index = MemoryIndex(rows)
    for count in (1, 3, 1, 95, 2900, 2000):
        index.insert(count)
    assert pairs(index.find(rows)) == naive(rows, rows)


@given(rows=_hashes, others=_hashes)
def test_the_sorted_index_finds_every_row(rows: NDArray[np.uint64], others: NDArray[np.uint64]) -> None:
    wanted = np.concatenate([rows, others])
    assert pairs(SortedIndex.build(rows).find(wanted)) == naive(rows, wanted)


@pytest.mark.parametrize("count", [1, 2, 3, 64, 1000, 4096, 5000])
def test_an_index_that_is_built_part_by_part_is_the_same(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(count).integers(0, 2**64 - 1, count, dtype=np.uint64)
    whole = SortedIndex.build(rows)
    monkeypatch.setattr(sorted_index, "_PART_ROWS", 100)
    parts = SortedIndex.build(rows)
    np.testing.assert_array_equal(parts.entries, whole.entries)
    np.testing.assert_array_equal(parts.offsets, whole.offsets)
    np.testing.assert_array_equal(parts.groups, whole.groups)


@settings(max_examples=200)
@given(several=st.lists(_hashes, min_size=1, max_size=5), data=st.data())
def test_merged_indexes_find_the_kept_rows_under_their_new_numbers(
    several: list[NDArray[np.uint64]], data: st.DataObject
) -> None:
    part_rows = data.draw(st.sampled_from([1 << 20, 16]))
    new_rows: list[NDArray[np.int64] | int] = []
    kept_hashes = []
    done = 0
    for hashes in several:
        kept = np.ones(len(hashes), dtype=np.bool_)
        if data.draw(st.booleans()):
            kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(hashes), max_size=len(hashes))))
            new_rows.append(np.where(kept, np.cumsum(kept) - 1 + done, -1))
        else:
            new_rows.append(done)
        kept_hashes.append(hashes[kept])
        done += int(kept.sum())
    expected = np.concatenate(kept_hashes)
    if not len(expected):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_index, "_PART_ROWS", part_rows)
        merged = SortedIndex.merge([SortedIndex.build(hashes) for hashes in several], new_rows)
    wanted = np.concatenate(several)
    assert pairs(merged.find(wanted)) == naive(expected, wanted)
