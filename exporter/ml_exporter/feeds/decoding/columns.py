"""From the values of one field to a column: the common case at once, the odd one value by value."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical, class_text
from ml_exporter.feeds.decoding.problems import Problems, shown

_NONE = type(None)
_SCALARS = {str, int, float, bool}
_TRACE_ID = re.compile(r"[!#-\[\]-~]{1,120}")
"""Printable ASCII but quotes and backslashes. Name and value of an exemplar's labels have 128 characters together at
most (OpenMetrics 1.0)."""


def ids(values: Sequence[Any], required: NDArray[np.bool_], problems: Problems) -> NDArray[np.object_]:
    """Return ids as texts, integers as decimal text; the empty text where there is none.

    Args:
        values: one id a row.
        required: (rows,) whether the row cannot do without one.
        problems: takes what is wrong.
    """
    types = set(map(type, values))
    if types == {str} and all(values):
        return _objects(values)
    if types == {int}:
        return _objects([str(value) for value in values])
    column = _objects([""] * len(values))
    for row, value in enumerate(values):
        if isinstance(value, str | int) and value != "" and not isinstance(value, bool):
            column[row] = str(value)
        elif value is not None and value != "":
            problems.add(row, "bad_value", f"prediction_id {shown(value)} is no id; write a text or an integer")
        elif required[row]:
            if value is None:
                detail = "prediction_id is missing; labels find their prediction by it: write one"
                problems.add(row, "missing_field", detail)
            else:
                problems.add(row, "bad_value", "prediction_id '' is empty; write the id that its label will carry")
    return column


def trace_ids(values: Sequence[Any]) -> NDArray[np.object_]:
    """Return the ids of traces, the empty text where there is none that an exemplar may have: it costs no event."""
    if values.count(None) == len(values):
        return _objects([""] * len(values))
    return _objects([value if isinstance(value, str) and _TRACE_ID.fullmatch(value) else "" for value in values])


def _objects(values: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def coded(values: Sequence[Any], convert: Callable[[Any], str | None], problems: Problems) -> Categorical:
    """Return a column of texts that repeat: each distinct value is converted once.

    Args:
        values: one value a row, of any type.
        convert: returns the text of a value, ``None`` for none; raises ValueError with a sentence for a person where
            it has none, which makes the row a bad value; never where the value is ``None``.
        problems: takes what is wrong; the row's code is -1.
    """
    if len(values) > 1 and values.count(None) == len(values):
        return coded(values[:1], convert, problems).take(np.zeros(len(values), dtype=np.intp))
    types = set(map(type, values)) - {_NONE}
    # Values of several types can be equal (1, 1.0, True) though not all of them may be allowed: keep them apart.
    keys = values if len(types) <= 1 and types <= _SCALARS else [_key(value) for value in values]
    index: dict[str, int] = {}
    codes: dict[Any, int] = {}
    wrong: list[str] = []
    for key, value in dict(zip(keys, values, strict=True)).items():
        try:
            text = convert(value)
        except ValueError as error:
            codes[key] = -2 - len(wrong)
            wrong.append(str(error))
        else:
            codes[key] = -1 if text is None else index.setdefault(text, len(index))
    column = np.fromiter(map(codes.__getitem__, keys), dtype=np.int32, count=len(values))
    if wrong:
        for row in np.flatnonzero(column < -1).tolist():
            problems.add(row, "bad_value", wrong[-2 - column[row]])
        column = np.maximum(column, -1)
    return Categorical(column, tuple(index))


def _key(value: Any) -> object:
    return (type(value), value) if type(value) in _SCALARS else id(value)


def names(values: Sequence[Any], field: str, longest: int, default: str | None, problems: Problems) -> Categorical:
    """Return names as texts; ``default`` (or -1) where there is none. Numbers are spelled as classes are.

    Args:
        values: one name a row.
        field: how messages call it.
        longest: characters that a name may have.
        default: stands in for a name that is missing or empty.
        problems: takes what is wrong.
    """

    def name(value: Any) -> str | None:
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"{field} {shown(value)} is no name; write a text")
        text = class_text(value)
        if len(text) > longest:
            raise ValueError(f"{field} {shown(value)} is longer than {longest} characters; shorten it")
        return text

    return coded(values, name, problems)


def classes(values: Sequence[Any], field: str, problems: Problems) -> Categorical:
    """Return classes in their one spelling, -1 where there is none."""

    def spelled(value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str | int | float) or value == "":
            raise ValueError(f"{field} {shown(value)} is no class; write a text, a number or a boolean")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(
                f"{field} {shown(value)} is no finite number; write the class, or null where there is none"
            )
        return class_text(value)

    return coded(values, spelled, problems)


def numbers(
    values: Sequence[Any], field: str, lowest: float, highest: float, problems: Problems
) -> NDArray[np.float64]:
    """Return numbers, NaN where there is none; what is no number, not finite or out of range is a problem."""
    absent = values.count(None)
    if absent == len(values):
        return np.full(len(values), math.nan)
    if set(map(type, values)) <= {float, int, _NONE}:
        column = floats(values)
    else:
        column = np.full(len(values), math.nan)
        for row, value in enumerate(values):
            if isinstance(value, int | float) and not isinstance(value, bool):
                column[row] = as_float(value)
            elif value is not None:
                problems.add(row, "bad_value", f"{field} {shown(value)} is no number; write it as a number")
    limits = _limits(lowest, highest)
    inside = (column >= lowest) & (column <= highest) & np.isfinite(column)
    if int(inside.sum()) < len(values) - absent:
        for row in np.flatnonzero(~inside).tolist():
            if values[row] is not None:
                detail = f"{field} {shown(values[row])} is out of range; write a finite number{limits}, or null"
                problems.add(row, "bad_value", detail)
    return column


def _limits(lowest: float, highest: float) -> str:
    if math.isfinite(highest):
        return f" from {lowest:g} to {highest:g}"
    return f" of at least {lowest:g}" if math.isfinite(lowest) else ""


def floats(values: Sequence[Any]) -> NDArray[np.float64]:
    """Return numbers as floats, NaN for ``None``; an integer that no float can hold is infinite."""
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return np.array([math.nan if value is None else as_float(value) for value in values])


def as_float(value: float) -> float:
    """Return a number as a float; an integer that no float can hold is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
