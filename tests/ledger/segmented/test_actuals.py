"""What labels say survives being written as numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml_exporter.events import Categorical, class_text
from ml_exporter.ledger.segmented.actuals import codes_among, concatenate, to_categorical, to_numbers

_odd = st.sampled_from(
    ["1.0", "-0", "0", "nan", "inf", "1e400", "1_000", "\u0661", "", "1e3", "+1", " 1", "0x1", "1e22"]
)
_text = st.one_of(st.text(max_size=5), st.floats().map(class_text), st.integers().map(str), _odd)


@given(texts=st.lists(_text, max_size=20))
def test_every_text_comes_back(texts: list[str]) -> None:
    number, place, known = to_numbers(Categorical.of(texts))
    assert to_categorical(number, place, known.__getitem__).texts() == texts


def test_classes_that_are_numbers_take_no_text() -> None:
    _, place, known = to_numbers(Categorical(np.array([0, 1, 2], dtype=np.int32), ("0", "1", "0.5")))
    assert place.tolist() == [-1, -1, -1]
    assert known == ("",)


@given(columns=st.lists(st.lists(st.one_of(st.none(), st.sampled_from("abc")), max_size=5), max_size=4))
def test_columns_are_put_together(columns: list[list[str | None]]) -> None:
    whole = concatenate([Categorical.of(column) for column in columns])
    assert whole.texts() == [text for column in columns for text in column]


def test_codes_are_those_of_another_column() -> None:
    assert codes_among(Categorical.of(["b", "x", None]), ["a", "b"]).tolist() == [1, -2, -1]
