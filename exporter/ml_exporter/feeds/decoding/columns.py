"""From the values of one field to a column: the common case at once, the odd one value by value."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import class_text
from ml_exporter.feeds.decoding.problems import Problems, shown
from ml_exporter.feeds.interface import FUTURE_TOLERANCE, Reason

_NUMBERS = {float, int}

Convert = Callable[[Any], Any]
"""Returns the converted value or raises ValueError with a message for a person."""


def _each(values: Sequence[Any], convert: Convert, otherwise: Any, reason: Reason, problems: Problems) -> list[Any]:
    """Convert value by value; note what cannot be converted and put ``otherwise`` in its place."""
    converted = []
    for row, value in enumerate(values):
        try:
            converted.append(convert(value))
        except (ValueError, OverflowError) as error:
            problems.add(row, reason, str(error))
            converted.append(otherwise)
    return converted


def timestamps(values: Sequence[Any], now: float, problems: Problems) -> NDArray[np.float64]:
    """Return seconds since the epoch; unreadable times, those at or before 0 and those ahead are problems."""
    if set(map(type, values)) <= _NUMBERS:
        seconds = _floats(values)
    else:
        for row, value in enumerate(values):
            if value is None:
                problems.add(row, "missing_field", "timestamp is missing; every event needs one")
        seconds = np.array(_each(values, _timestamp, math.nan, "bad_timestamp", problems), dtype=np.float64)
    plausible = (seconds > 0) & (seconds <= now + FUTURE_TOLERANCE)
    for row in np.flatnonzero(~plausible).tolist():
        detail = "is at or before 1970" if seconds[row] <= 0 else "lies more than 5 minutes ahead of the clock"
        problems.add(
            row,
            "bad_timestamp",
            f"timestamp {shown(values[row])} {detail}; write seconds since the epoch, or RFC 3339",
        )
    return seconds


def _timestamp(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"timestamp {shown(value)} is no time; write seconds since the epoch, or RFC 3339")
    if not isinstance(value, str):
        return float(value)
    try:
        return float(value)
    except ValueError:
        return _rfc_3339(value)


def _rfc_3339(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"timestamp {shown(text)} is no time; write seconds since the epoch, or RFC 3339 (2024-05-01T12:00:00Z)"
        ) from None
    if moment.tzinfo is None:
        raise ValueError(f"timestamp {shown(text)} has no offset from UTC; write a Z or an offset behind it")
    return moment.timestamp()


def ids(values: Sequence[Any], problems: Problems, required: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return ids as text, integers as decimal text; the empty text where there is none and none is required."""
    column = np.empty(len(values), dtype=object)
    if set(map(type, values)) == {str} and all(values):
        column[:] = values
        return column
    for row, value in enumerate(values):
        column[row] = ""
        if isinstance(value, str) and value:
            column[row] = value
        elif isinstance(value, int) and not isinstance(value, bool):
            column[row] = str(value)
        elif value is None or value == "":
            if required[row]:
                problems.add(row, "missing_field", "prediction_id is missing; labels find their prediction by it")
        else:
            problems.add(row, "bad_value", f"prediction_id {shown(value)} is no id; write a text or an integer")
    return column


def texts(values: Sequence[Any], field: str, longest: int, problems: Problems) -> list[str | None]:
    """Return names as text, ``None`` where there is none."""
    if set(map(type, values)) <= {str, type(None)} and max(map(len, filter(None, values)), default=0) <= longest:
        return [value or None for value in values]

    def text(value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise ValueError(f"{field} {shown(value)} is no name; write a text")
        name = class_text(value)
        if len(name) > longest:
            raise ValueError(f"{field} {shown(value)} is longer than {longest} characters; shorten it")
        return name

    return _each(values, text, None, "bad_value", problems)


def numbers(
    values: Sequence[Any], field: str, lowest: float, highest: float, problems: Problems
) -> NDArray[np.float64]:
    """Return numbers, NaN where there is none; what is no number or out of range is a problem."""
    if set(map(type, values)) <= _NUMBERS | {type(None)}:
        column = _floats([math.nan if value is None else value for value in values])
    else:
        column = np.array(
            _each(values, lambda value: _number(value, field), math.nan, "bad_value", problems),
            dtype=np.float64,
        )
    inside = np.isnan(column) | ((column >= lowest) & (column <= highest) & np.isfinite(column))
    for row in np.flatnonzero(~inside).tolist():
        limit = f"from {lowest:g} to {highest:g}" if math.isfinite(highest) else f"of at least {lowest:g}"
        problems.add(row, "bad_value", f"{field} {shown(values[row])} is out of range; write a finite number {limit}")
    return column


def _number(value: Any, field: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{field} {shown(value)} is no number; write it as a JSON number")
    return float(value)


def _floats(values: Sequence[Any]) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return np.array([math.inf if abs(value) > 1e308 else value for value in values], dtype=np.float64)


def classes(values: Sequence[Any], field: str, problems: Problems) -> list[str | None]:
    """Return classes in their one spelling, ``None`` where there is none."""

    def spelled(value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str | int | float):
            raise ValueError(f"{field} {shown(value)} is no class; write a text, a number or a boolean")
        if value == "" or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(f"{field} {shown(value)} is no class; write the class, or leave the field out")
        return class_text(value)

    return _each(values, spelled, None, "bad_value", problems)
