"""Cells of CSV, all of them text: numbers where a field is one, and otherwise what was written."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from ml_exporter.feeds.decoding.flat import OBJECTS

_TEXTS = frozenset({"prediction_id", "model_name", "model_version", "status", "trace_id", "segment"})
"""Fields of which cells stay as they are: ``007`` is an id of three characters."""

_NUMBERS = frozenset({"timestamp", "label_timestamp", "score", "scores", "lower", "upper", "latency_seconds", "value"})
"""Fields that are numbers; a time may be a text, too. All others are what JSON would take a cell for."""

_STRUCTURED = frozenset({*OBJECTS, "items", "actual"})
"""Fields that may be objects or lists, which stand in a cell as JSON."""

_INTEGER = r"^-?(?:0|[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
_IS_INTEGER, _IS_NUMBER = re.compile(_INTEGER), re.compile(_NUMBER)
_CONSTANTS = {"true": True, "false": False, "nan": float("nan")}
"""As people and libraries write them, in any case."""


def field_of(column: str, theirs: Mapping[str, str]) -> str:
    """Return our name of the field that a column, or a part of an object in a column, belongs to.

    Args:
        column: the source's name.
        theirs: our name to the source's, where it is another one.
    """
    ours = {their: our for our, their in theirs.items()}
    return ours.get(column) or ours.get(column.partition(".")[0]) or column.partition(".")[0]


def cell_values(cells: pl.Series, field: str) -> Sequence[Any]:
    """Return the values of cells, ``None`` for those that are empty.

    Args:
        cells: texts.
        field: our name of the field that they belong to.
    """
    cells = cells.replace("", None)
    if field in _TEXTS:
        values: Sequence[Any] = cells.to_list()
    elif field in _NUMBERS:
        values = _numbers(cells)
    else:
        values = _as_json_has_them(cells)
    if field in _STRUCTURED and cells.str.contains(r"^[\[{]").any():
        return [_structure(value) for value in values]
    return values


def _numbers(cells: pl.Series) -> Sequence[Any]:
    """Return numbers, and as they are the texts that are none."""
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers.null_count() == cells.null_count():
        return numbers.to_list()
    return [text if number is None else number for text, number in zip(cells.to_list(), numbers.to_list(), strict=True)]


def _as_json_has_them(cells: pl.Series) -> Sequence[Any]:
    """Return what JSON would take cells for: numbers and booleans; all else is a text, ``007`` as well."""
    present = cells.len() - cells.null_count()
    if cells.str.contains(_INTEGER).sum() == present:
        return cells.cast(pl.Int64).to_list()
    return [None if cell is None else _scalar(cell) for cell in cells.to_list()]


def _scalar(cell: str) -> Any:
    if _IS_INTEGER.match(cell):
        return int(cell)
    if _IS_NUMBER.match(cell):
        return float(cell)
    return _CONSTANTS.get(cell.lower(), cell)


def _structure(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
