"""Timestamps: epoch seconds or RFC 3339, plausible ones only."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.feeds.decoding.columns import as_float, floats
from ml_exporter.feeds.decoding.problems import Problems, shown
from ml_exporter.feeds.interface import FUTURE_TOLERANCE

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_SOONEST_MILLISECONDS = 1e11
"""As seconds this is the year 5138: who writes more than that means milliseconds or less."""

_FORMS = "write seconds since the epoch, or RFC 3339 as in 2024-05-01T12:00:00Z"


def timestamps(values: Sequence[Any], now: float, problems: Problems) -> NDArray[np.float64]:
    """Return times as seconds since the epoch, NaN for what is unreadable.

    Times that are missing, unreadable, at or before 0, or ahead of the clock by more than the tolerance are problems.

    Args:
        values: numbers, numbers as text, or RFC 3339 with an offset.
        now: the clock, seconds since the epoch.
        problems: takes what is wrong.
    """
    seconds = _readable(values, problems)
    for row in np.flatnonzero(~((seconds > 0) & (seconds <= now + FUTURE_TOLERANCE))).tolist():
        problems.add(row, "bad_timestamp", _implausible(values[row], seconds[row], now))
    return seconds


def _readable(values: Sequence[Any], problems: Problems) -> NDArray[np.float64]:
    types = set(map(type, values))
    if types <= {float, int}:
        return floats(values)
    if types == {str}:
        try:
            return np.array([moment.timestamp() for moment in msgspec.convert(values, list[_Moment])])
        except msgspec.ValidationError:
            pass  # at least one is no RFC 3339: find out which
    seconds = np.full(len(values), math.nan)
    for row, value in enumerate(values):
        if value is None or value == "":
            problems.add(row, "missing_field", f"timestamp is missing; every event needs one: {_FORMS}")
            continue
        try:
            seconds[row] = _seconds(value)
        except ValueError as error:
            problems.add(row, "bad_timestamp", str(error))
    return seconds


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"timestamp {shown(value)} is no time; {_FORMS}")
    if not isinstance(value, str):
        return as_float(value)
    try:
        return float(value)
    except ValueError:
        return _moment(value).timestamp()


def _moment(text: str) -> datetime:
    """Read RFC 3339, or what ISO 8601 allows beside it, with an offset from UTC."""
    try:
        return msgspec.convert(text, _Moment)
    except msgspec.ValidationError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"timestamp {shown(text)} is no time; {_FORMS}") from None
    if moment.tzinfo is None:
        raise ValueError(
            f"timestamp {shown(text)} has no offset from UTC; write a Z behind it if it is UTC, or its offset (+02:00)"
        )
    return moment


def _implausible(value: Any, seconds: float, now: float) -> str:
    what = f"timestamp {shown(value)}"
    if not math.isfinite(seconds):
        return f"{what} is no finite number; {_FORMS}"
    if seconds <= 0:
        return f"{what} is at or before the epoch, 1970-01-01; {_FORMS}"
    if seconds >= _SOONEST_MILLISECONDS:
        return f"{what} lies thousands of years ahead: it seems to count milliseconds or less; {_FORMS}"
    return (
        f"{what} is {seconds - now:.0f} s ahead of the clock, more than {FUTURE_TOLERANCE:.0f} s;"
        f" set the clocks of both machines, or correct the offset from UTC"
    )
