"""Texts in two arrays, which may lie in a file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TextTable:
    """Texts by their places."""

    encoded: NDArray[np.uint8]
    """The UTF-8 of all texts, one after the other."""

    starts: NDArray[np.uint64]
    """(texts + 1,): where each begins, and where the last ends."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextTable":
        """Lay texts out."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        starts = np.cumsum([0, *map(len, encoded)], dtype=np.uint64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), starts)

    @classmethod
    def concatenate(cls, tables: Sequence["TextTable"]) -> "TextTable":
        """Put tables one after the other: the places of each begin where those of the one before end."""
        sizes = np.cumsum([0, *(len(table.encoded) for table in tables)], dtype=np.uint64)
        moved = [table.starts[:-1] + size for table, size in zip(tables, sizes, strict=False)]
        return cls(np.concatenate([table.encoded for table in tables]), np.concatenate([*moved, sizes[-1:]]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def text(self, place: int) -> str:
        """Return the text at a place."""
        own = self.encoded[int(self.starts[place]) : int(self.starts[place + 1])]
        return own.tobytes().decode("utf-8", "surrogatepass")
