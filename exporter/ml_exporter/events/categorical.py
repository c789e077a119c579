"""A column of texts that repeat: each distinct text once, and a code a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Categorical:
    """Texts as codes.

    ``codes`` has shape (rows,) and indexes ``values``; -1 stands for no value.
    """

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Categorical":
        """Encode texts; ``None`` becomes -1. Values stand in order of first appearance."""
        index: dict[str | None, int] = {None: -1}
        codes = [index.setdefault(text, len(index) - 1) for text in texts]
        return cls(np.array(codes, dtype=np.int32), tuple(text for text in index if text is not None))

    @classmethod
    def constant(cls, text: str, rows: int) -> "Categorical":
        """Return ``rows`` times the same text."""
        return cls(np.zeros(rows, dtype=np.int32), (text,))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Categorical":
        """Return the chosen rows; the values stay as they are."""
        return Categorical(self.codes[rows], self.values)

    def present(self) -> list[tuple[int, str]]:
        """Return code and text of each value that a row has: after ``take`` some may have none."""
        return [(code, self.values[code]) for code in np.unique(self.codes[self.codes >= 0]).tolist()]

    def texts(self) -> list[str | None]:
        """Return the texts row by row, ``None`` where there is none."""
        padded: Sequence[str | None] = (*self.values, None)
        return [padded[code] for code in self.codes]
