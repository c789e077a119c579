"""What labels say, as numbers: a class that is spelled as a number is one, any other text is numbered."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical, class_text

NO_TEXT = -1


def to_numbers(actual: Categorical) -> tuple[NDArray[np.float64], NDArray[np.int32], tuple[str, ...]]:
    """Return the numbers of labels, NaN where they are texts; the places of texts, -1 where not; and the texts."""
    values = (*actual.values, "")  # the last stands for the code -1
    numbers = np.array([_number(value) for value in values])
    is_text = np.isnan(numbers)
    places = np.where(is_text, np.cumsum(is_text) - 1, NO_TEXT).astype(np.int32)
    texts = tuple(value for value, text in zip(values, is_text.tolist(), strict=True) if text)
    return numbers[actual.codes], places[actual.codes], texts


def _number(text: str) -> float:
    """Return the number that a text is the one spelling of, or NaN."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and class_text(number) == text else math.nan


def to_categorical(number: NDArray[np.float64], place: NDArray[np.int32], text: Callable[[int], str]) -> Categorical:
    """Return labels as texts.

    Args:
        number: NaN where a label is a text.
        place: of a text, -1 where a label is a number.
        text: the text at a place.
    """
    is_number = place == NO_TEXT
    codes = np.empty(len(number), dtype=np.int32)
    numbers, codes[is_number] = np.unique(number[is_number], return_inverse=True)
    places, text_codes = np.unique(place[~is_number], return_inverse=True)
    codes[~is_number] = text_codes + len(numbers)
    return Categorical(codes, (*map(class_text, numbers.tolist()), *map(text, places.tolist())))


def concatenate(parts: Sequence[Categorical]) -> Categorical:
    """Put columns of texts together."""
    if not parts:
        return Categorical(np.empty(0, dtype=np.int32), ())
    if all(part.values is parts[0].values for part in parts):
        return Categorical(np.concatenate([part.codes for part in parts]), parts[0].values)
    index: dict[str, int] = {}
    codes = []
    for part in parts:
        table = [index.setdefault(value, len(index)) for value in part.values]
        codes.append(np.array([*table, -1], dtype=np.int32)[part.codes])
    return Categorical(np.concatenate(codes), tuple(index))


def codes_among(actual: Categorical, values: Sequence[str]) -> NDArray[np.int32]:
    """Return the codes that labels have among other values; -2 where they are not among them."""
    index = {value: code for code, value in enumerate(values)}
    return np.array([*(index.get(value, -2) for value in actual.values), -1], dtype=np.int32)[actual.codes]
