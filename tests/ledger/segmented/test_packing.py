"""Packed columns give back every bit, in as few bytes as was promised."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml_exporter.ledger.segmented.packing import Chunks, pack
from ml_exporter.ledger.segmented.rows import Rows, from_bytes, to_bytes

_any_bits = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
_decimals = st.builds(
    lambda whole, scale: whole / scale, st.integers(-(10**7), 10**7), st.sampled_from([1, 1000, 10**6])
)
_special = st.sampled_from([float("nan"), 0.0, -0.0, float("inf"), 1.7e9, 1.7e9 + 0.001, 1e300])
_column = st.one_of(
    st.lists(_any_bits, min_size=1, max_size=60),
    st.lists(st.one_of(_decimals, st.just(float("nan"))), min_size=1, max_size=60),
    st.lists(st.floats(width=32), min_size=1, max_size=60),
    st.lists(st.one_of(_special, _decimals), min_size=1, max_size=60),
    st.builds(lambda value, count: [value] * count, _any_bits, st.integers(1, 60)),
).map(lambda values: np.array(values, dtype=np.float64))


def bits(values: NDArray[np.float64]) -> list[int]:
    return values.view(np.uint64).tolist()  # type: ignore[no-any-return] - numbers


@given(values=_column, cut=st.integers(0, 60))
def test_floats_come_back_bit_by_bit(values: NDArray[np.float64], cut: int) -> None:
    cut = min(cut, len(values))
    packed = pack(Chunks("f8", [(values, slice(0, cut)), (values, np.arange(cut, len(values)))]))
    assert bits(packed.take(slice(0, len(values)))) == bits(values)
    order = np.random.default_rng(cut).permutation(len(values))
    assert bits(packed.take(order)) == bits(values[order])


@given(values=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=60))
def test_whole_numbers_come_back(values: list[int]) -> None:
    column = np.array(values, dtype=np.int32)
    packed = pack(Chunks("i4", [(column, slice(0, len(column)))]))
    assert packed.take(slice(0, len(column))).tolist() == values
    assert packed.take(np.arange(len(column))).dtype == np.int32


@pytest.mark.parametrize(
    ("values", "size"),
    [
        (np.full(1000, 0.25), 0),
        (np.arange(1000) % 2.0, 1),
        (np.where(np.arange(1000) % 2 == 0, 1.0, np.nan), 1),
        (1.7e9 + np.arange(1000.0) * 60, 2),
        (1.7e9 + np.arange(1000) * 86_400 / 1000, 4),
        (np.round(np.random.default_rng(1).random(1000), 4), 4),
        (np.random.default_rng(1).random(1000).astype(np.float32).astype(np.float64), 4),
        (np.random.default_rng(1).random(1000), 8),
    ],
    ids=["one value", "classes", "classes and none", "minutes", "milliseconds", "decimals", "float32", "any"],
)
def test_a_row_takes_as_many_bytes_as_its_values_need(values: NDArray[np.float64], size: int) -> None:
    assert pack(Chunks("f8", [(values, slice(0, 1000))])).data.nbytes == size * 1000


@given(
    time=_column,
    flags=st.lists(st.integers(0, 255), min_size=60, max_size=60),
    widths=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_rows_come_back_from_the_journal(time: NDArray[np.float64], flags: list[int], widths: tuple[int, int]) -> None:
    count = len(time)
    random = np.random.default_rng(count)
    rows = Rows(
        random.integers(0, 2**64 - 1, count, dtype=np.uint64),
        np.array(flags[:count], dtype=np.uint8),
        {
            "time": time,
            "series": random.integers(-1, 1000, (count, widths[0])).astype(np.int32),
            "payload": np.column_stack([time] * widths[1]),
        },
        ("a", "é"),
    )
    back = from_bytes(to_bytes(rows))
    assert back.hashes.tolist() == rows.hashes.tolist()
    assert back.flags.tolist() == rows.flags.tolist()
    assert back.texts == rows.texts
    for name, column in rows.columns.items():
        assert back.columns[name].shape == column.shape
        assert np.ascontiguousarray(back.columns[name]).tobytes() == np.ascontiguousarray(column).tobytes()
