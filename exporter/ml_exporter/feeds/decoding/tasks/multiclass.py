"""Predictions of the multiclass task: a class, a score of every class, or both."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import class_text
from ml_exporter.events.tasks.multiclass import PREDICTED, MulticlassTask
from ml_exporter.feeds.decoding.columns import as_float, classes
from ml_exporter.feeds.decoding.problems import RowProblems, shown
from ml_exporter.feeds.decoding.tasks.interface import Columns, TaskDecoder

_SUM_TOLERANCE, _ROUNDING = 0.01, 0.0005
"""How far from 1 the scores of an event may add up: they come rounded, each to three digits perhaps."""


def _payload(
    columns: Columns, task: MulticlassTask, succeeded: NDArray[np.bool_], problems: RowProblems
) -> NDArray[np.float64]:
    predicted = classes(columns["prediction"], "prediction", problems)
    scores = _scores(columns["scores"], task.classes, problems)
    missing = (predicted.codes < 0) & np.isnan(scores[:, 0]) & succeeded
    for row in np.flatnonzero(missing).tolist():
        detail = "prediction and scores are both missing; write at least one of them"
        problems.add(row, "missing_field", detail)
    payload = task.payload(predicted, scores)
    for row in np.flatnonzero(np.isnan(payload[:, PREDICTED]) & (predicted.codes >= 0)).tolist():
        value = shown(predicted.values[predicted.codes[row]])
        problems.add(row, "bad_value", f"prediction {value} is no class of the model; write {task.actual_form}")
    return payload


def _scores(values: Sequence[Any], classes_: tuple[str, ...], problems: RowProblems) -> NDArray[np.float64]:
    """Return the scores of every class, (rows, classes); a row of NaN where there are none."""
    table = np.full((len(values), len(classes_)), np.nan)
    place = {name: column for column, name in enumerate(classes_)}
    read = _fill_alike(table, values, place)
    for row in np.flatnonzero(~read).tolist():
        given = values[row]
        if given is None:
            continue
        if not isinstance(given, dict):
            problems.add(row, "bad_value", f'scores {shown(given)} is no object; write {{"class": score, ...}}')
            continue
        problem = _fill(table[row], given, place)
        if problem:
            table[row] = np.nan
            problems.add(row, "bad_value", problem)
    return table


def _fill_alike(table: NDArray[np.float64], values: Sequence[Any], place: dict[str, int]) -> NDArray[np.bool_]:
    """Write the scores of all events that name the same classes in the same order as the first one: most events.

    Returns:
        (rows,) which rows are done; what is in any way odd is not.
    """
    read = np.zeros(len(values), dtype=np.bool_)
    first = next((given for given in values if given), None)
    if not isinstance(first, dict) or not first.keys() <= place.keys():
        return read
    named = list(first)
    rows = [row for row, given in enumerate(values) if isinstance(given, dict) and list(given) == named]
    scores = [list(values[row].values()) for row in rows]
    if not set(map(type, chain.from_iterable(scores))) <= {float, int}:
        return read
    try:
        numbers = np.array(scores, dtype=np.float64)
    except OverflowError:  # an integer that no float can hold
        return read
    sound = ((numbers >= 0) & (numbers <= 1)).all(axis=1) & (np.abs(numbers.sum(axis=1) - 1) <= _tolerance(place))
    chosen = np.array(rows, dtype=np.intp)[sound]
    table[chosen] = 0.0  # a class that is not named has the score 0
    table[chosen[:, None], [place[name] for name in named]] = numbers[sound]
    read[chosen] = True
    return read


def _tolerance(place: dict[str, int]) -> float:
    return _SUM_TOLERANCE + _ROUNDING * len(place)


def _fill(scores: NDArray[np.float64], given: dict[str, Any], place: dict[str, int]) -> str:
    """Write the scores of one event into its row; return what is wrong with them, or nothing."""
    scores[:] = 0.0  # a class that is not named has the score 0
    for name, value in given.items():
        column = place.get(class_text(name))
        if column is None:
            return f"scores name {shown(name)}, which is no class of the model; write one of {', '.join(place)}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= as_float(value) <= 1:
            return f"scores: {shown(value)} of {shown(name)} is no score; write a number from 0 to 1"
        scores[column] = value
    total = float(scores.sum())
    if abs(total - 1) > _tolerance(place):
        return f"scores add up to {total:.4g}; write the probability of every class, which add up to 1"
    return ""


DECODER = TaskDecoder("multiclass", ("prediction", "scores"), _payload)
