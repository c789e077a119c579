"""Rows that stand in columns: from the source's columns to the raw columns that ``EventDecoder`` takes.

Objects stand flat, as ``segment.country`` or ``scores.cat``, or as objects in a column ``segment``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import polars as pl

OBJECTS = ("segment", "features", "scores")
"""Fields that are objects of names and values."""


def needed(names: Collection[str], fields: Sequence[str], theirs: Mapping[str, str]) -> list[str]:
    """Return the source's columns that hold any of the fields; see ``raw_columns``."""
    taken = set(theirs.values())
    own = {theirs.get(field, field) for field in fields if field in theirs or field not in taken}
    objects = tuple(f"{theirs.get(field, field)}." for field in OBJECTS if field in fields)
    return [name for name in names if name in own or name.startswith(objects)]


def raw_columns(
    names: Collection[str],
    column: Callable[[str], Sequence[Any]],
    rows: int,
    fields: Sequence[str],
    theirs: Mapping[str, str],
) -> dict[str, Sequence[Any]]:
    """Return a raw column for each field, ``None`` where the source has none. Columns that nobody needs stay unread.

    Args:
        names: the source's columns.
        column: returns the values of one of them.
        rows: how many there are.
        fields: our names.
        theirs: our name to the source's, where it is another one. A column that is taken so is no longer a field of
            its own: with ``{score: prediction}`` there is no prediction.
    """
    taken = set(theirs.values())

    def raw(field: str) -> Sequence[Any]:
        name = theirs.get(field, field)
        if name in names and (field in theirs or name not in taken):
            return column(name)
        parts = [part for part in names if part.startswith(f"{name}.")] if field in OBJECTS else []
        if not parts:
            return [None] * rows
        keys = [part.removeprefix(f"{name}.") for part in parts]
        return [dict(zip(keys, values, strict=True)) for values in zip(*map(column, parts), strict=True)]

    return {field: raw(field) for field in fields}


def columns_of(frame: pl.DataFrame, fields: Sequence[str], theirs: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """Return the raw columns of a table, as ``raw_columns``."""
    return raw_columns(frame.columns, lambda name: values_of(frame[name]), len(frame), fields, theirs)


def values_of(column: pl.Series) -> Sequence[Any]:
    """Return a table's column as plain values; moments as seconds since the epoch, those without a zone are UTC."""
    if column.dtype.is_temporal():
        return (column.dt.epoch("us") / 1e6).to_list()
    return column.to_list()
