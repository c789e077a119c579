"""Rows as estimators take them, read by column: arrays, sparse matrices, frames of pandas or polars, lists."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np


class Columns:
    """Columns by their names."""

    def __init__(self, rows: Any, known_names: Iterable[str] | None) -> None:
        """Look at rows.

        Args:
            rows: (rows, columns).
            known_names: what the columns of an array are called; without it ``x0``, ``x1``, ...
        """
        self._frame = rows if hasattr(rows, "columns") else None
        self._array = None if self._frame is not None else rows if hasattr(rows, "shape") else np.asarray(rows)
        self._count = len(rows) if self._array is None else self._array.shape[0]
        self._known_names = None if known_names is None else list(known_names)

    def mappings(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield of each row name and value of some columns.

        Raises:
            KeyError: there is no such column.
        """
        if not names:
            return repeat({}, self._count)
        columns = [self._column(name) for name in names]
        return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))

    def _column(self, name: str) -> list[Any]:
        if self._frame is not None:
            if name not in self._frame.columns:
                raise KeyError(f"there is no column {name!r}; there are {', '.join(map(str, self._frame.columns))}")
            found: list[Any] = self._frame[name].to_list()
            return found
        assert self._array is not None  # noqa: S101 - it is one or the other
        width = self._array.shape[1]
        names = self._known_names or [f"x{number}" for number in range(width)]
        if name not in names[:width]:
            raise KeyError(
                f"there is no column {name!r}; the columns of an array are called {', '.join(names[:width])}"
            )
        column = self._array[:, [names.index(name)]]
        plain = column.toarray() if hasattr(column, "toarray") else column
        values: list[Any] = np.asarray(plain).ravel().tolist()
        return values
