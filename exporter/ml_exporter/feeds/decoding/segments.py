"""Segments: the values by which models are sliced."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, class_text
from ml_exporter.feeds.decoding.columns import coded
from ml_exporter.feeds.decoding.problems import Problems, shown

MISSING = "__missing__"
"""The segment value of an event that has none."""

_LONGEST_VALUE = 128
"""Characters; the rest of a longer value is cut off: a slice is worth more than its name's end."""


def segments(
    values: Sequence[Any], model: Categorical, models: Mapping[str, ModelSettings], problems: Problems
) -> dict[str, Categorical]:
    """Return a column for each segment key of the models at hand; -1 where the row's model has no such key.

    Args:
        values: one object of key and value a row, or ``None``.
        model: the rows' models.
        models: settings by name.
        problems: takes what is wrong: no object, for a model that is sliced.
    """
    keys_of = [models[name].segments if name in models else [] for name in model.values]
    keys = sorted({key for keys in keys_of for key in keys})
    if not keys:
        return {}
    sliced = np.array([bool(keys) for keys in keys_of] + [False])[model.codes]
    given = _objects(values, sliced.tolist(), problems)
    found = {}
    for key in keys:
        column = coded([value.get(key) for value in given], _text, problems)
        has_key = np.array([key in keys for keys in keys_of] + [False])[model.codes]
        found[key] = Categorical(np.where(has_key, column.codes, -1).astype(np.int32), column.values)
    return found


def _objects(values: Sequence[Any], sliced: Sequence[bool], problems: Problems) -> Sequence[Mapping[str, Any]]:
    if set(map(type, values)) == {dict}:
        return values
    given: list[Mapping[str, Any]] = []
    for row, value in enumerate(values):
        given.append(value if isinstance(value, dict) else {})
        # Only where it is needed: whether an event is used must not depend on those that came along with it.
        if value is not None and value != "" and not isinstance(value, dict) and sliced[row]:
            detail = f'segment {shown(value)} is no object; write keys and values, as in {{"country": "DE"}}'
            problems.add(row, "bad_value", detail)
    return given


def _text(value: Any) -> str:
    """Return a value as text; one that is empty or no scalar counts as missing: the event itself can be used."""
    if value is None or value == "" or not isinstance(value, str | int | float):
        return MISSING
    if isinstance(value, float) and not math.isfinite(value):
        return MISSING
    return class_text(value)[:_LONGEST_VALUE]
