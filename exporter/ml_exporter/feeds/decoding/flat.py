"""Tables: from named columns to the raw columns that ``EventDecoder`` takes.

Objects stand flat, as ``segment.country`` or ``scores.cat``, or as structs of a column ``segment``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

OBJECTS = ("segment", "features", "scores")
"""Fields that are objects of names and values."""


def columns_of(frame: pl.DataFrame, fields: Sequence[str], theirs: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """Return a raw column for each field, ``None`` where the table has none.

    Args:
        frame: the table.
        fields: our names.
        theirs: our name to the table's, where it is another one.
    """
    return {field: _column(frame, field, theirs.get(field, field)) for field in fields}


def _column(frame: pl.DataFrame, field: str, name: str) -> Sequence[Any]:
    if name in frame.columns:
        column = frame[name]
        if column.dtype.is_temporal():
            return (column.dt.epoch("us") / 1e6).to_list()
        return column.to_list()
    parts = [column for column in frame.columns if column.startswith(f"{name}.")] if field in OBJECTS else []
    if not parts:
        return [None] * len(frame)
    names = [part.removeprefix(f"{name}.") for part in parts]
    return [dict(zip(names, row, strict=True)) for row in frame.select(parts).iter_rows()]
