"""Bins whose numbers a store gives, by names that mean the same in every store."""

from dataclasses import dataclass
from typing import Protocol

from ml_exporter.config import ModelSettings


@dataclass(frozen=True)
class BinName:
    """What a bin is of."""

    name: str
    """A status, a feature."""

    category: str | None = None
    """Of a feature."""

    bin: int = 0
    """Which of them, where that is a number that means the same everywhere."""


class BinNames(Protocol):
    """A registry that gives numbers to bins; see ``Tally.coded_by``."""

    def bin_name(self, model: str, number: int) -> BinName:
        """Return what a bin of a model is of."""
        ...

    def named_bin(self, model: ModelSettings, name: BinName) -> int | None:
        """Return the number of a bin, a new one where there is room; ``None``: the model is not asked for it."""
        ...
