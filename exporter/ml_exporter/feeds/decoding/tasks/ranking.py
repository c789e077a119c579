"""Rankings: items in order, the best first; and labels that say which items were relevant."""

import math
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import class_text
from ml_exporter.events.tasks.ranking import LARGEST_RELEVANCE, MOST_RELEVANT, RankingTask, item_number
from ml_exporter.feeds.decoding.columns import as_float
from ml_exporter.feeds.decoding.problems import RowProblems, shown
from ml_exporter.feeds.decoding.tasks.interface import Columns, TaskDecoder


def _payload(
    columns: Columns, task: RankingTask, succeeded: NDArray[np.bool_], problems: RowProblems
) -> NDArray[np.float64]:
    """Write the first items of each ranking as numbers; those behind the largest k are not looked at."""
    table = np.full((len(succeeded), task.payload_columns), math.nan)
    numbers: dict[str, float] = {}
    for row, items in enumerate(columns["items"]):
        if items is None:
            if succeeded[row]:
                problems.add(row, "missing_field", "items is missing; write the list of the items in their order")
            continue
        try:
            names = _ranked(items, task.payload_columns)
        except ValueError as error:
            problems.add(row, "bad_value", str(error))
            continue
        for name in names:
            if name not in numbers:
                numbers[name] = item_number(name)
        table[row, : len(names)] = [numbers[name] for name in names]
    return table


def _ranked(items: Any, most: int) -> list[str]:
    """Return the first items of a list as texts.

    Raises:
        ValueError: with a sentence for a person.
    """
    if not isinstance(items, list):
        raise ValueError(f"items {shown(items)} is no list; write the items in their order")
    names = [item if type(item) is str and item else _name(item, "items") for item in items[:most]]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"items name {shown(twice)} twice; write each item once")
    return names


def _name(item: Any, field: str) -> str:
    is_name = isinstance(item, str | int) and not isinstance(item, bool) and item != ""
    if not is_name and not (isinstance(item, float) and math.isfinite(item)):
        raise ValueError(f"{field}: {shown(item)} is no item; write a text or a number")
    return class_text(item)


def _spelled(actual: Any) -> str:
    """Return the one spelling of the items that were relevant: JSON, by the items' names, without those that were not.

    >>> _spelled({"b": 2, "a": 0.5, "c": 0}), _spelled(["b", "a"])
    ('{"a":0.5,"b":2}', '{"a":1,"b":1}')

    Raises:
        ValueError: with a sentence for a person.
    """
    named: Iterable[tuple[Any, Any]] = actual.items() if isinstance(actual, dict) else ((item, 1) for item in actual)
    relevant = {_name(item, "actual"): _relevance(item, value) for item, value in named}
    kept = {name: relevant[name] for name in sorted(relevant) if relevant[name] > 0}
    if len(kept) > MOST_RELEVANT:
        raise ValueError(f"actual names {len(kept)} relevant items; write at most {MOST_RELEVANT}, the most relevant")
    return msgspec.json.encode(kept).decode()


def _relevance(item: Any, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= as_float(value) <= LARGEST_RELEVANCE:
        limits = f"from 0 to {LARGEST_RELEVANCE:g}"
        raise ValueError(f"actual: {shown(value)} of {shown(item)} is no relevance; write a number {limits}")
    return int(value) if float(value).is_integer() else value


DECODER = TaskDecoder("ranking", ("items",), _payload, _spelled)
