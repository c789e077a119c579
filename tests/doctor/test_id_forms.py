"""Guessing how ids differ: it finds what was done to them, and guesses nothing where nothing was."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.doctor.id_forms import guess

_DONE: dict[str, Callable[[str], str]] = {
    "numbers written as 12.0": lambda one: f"{one}.0",
    "zeros in front": lambda one: one.zfill(12),
    "whitespace around ids": lambda one: f" {one}\t",
    "the beginning 'Tx-' that labels have": lambda one: f"Tx-{one}",
    "the end '/eu' that labels have": lambda one: f"{one}/eu",
}

_NUMBERS = st.lists(st.integers(1, 10**9), min_size=10, max_size=50, unique=True).map(
    lambda found: list(map(str, found))
)


_AT_THE_END = {"numbers written as 12.0", "the end '/eu' that labels have"}
"""Together, the fraction stands in the middle, and is none."""

_THINGS = st.sets(st.sampled_from(list(_DONE)), min_size=1, max_size=2).filter(lambda done: done != _AT_THE_END)


@settings(deadline=None)  # of a busy machine
@given(_NUMBERS, _THINGS)
def test_whatever_one_or_two_things_were_done_to_numbers_all_of_them_match(ids: list[str], done: set[str]) -> None:
    labels = ids
    for name, do in _DONE.items():  # zeros after a fraction, and so on: in a fixed order
        if name in done:
            labels = [do(one) for one in labels]
    guessed = guess(labels, ids)
    assert guessed is not None
    assert guessed.matches == len(ids)


@settings(deadline=None)  # of a busy machine
@given(_NUMBERS)
def test_ids_of_another_kind_match_nothing(ids: list[str]) -> None:
    assert guess([f"click {one} {one}" for one in ids], [f"{one}x{one}" for one in ids]) is None


def test_the_simplest_explanation_is_preferred() -> None:
    ids = [f"ab{row}" for row in range(20)]
    guessed = guess([one.upper() for one in ids], ids)
    assert guessed is not None
    assert guessed.differences == ("upper and lower case",)
    assert guessed.examples[0] == ("AB0", "ab0")


def test_nothing_is_guessed_of_nothing() -> None:
    assert guess([], ["a"]) is None
    assert guess(["a"], []) is None
    assert guess(["a", "b", "c"], ["", " "]) is None
