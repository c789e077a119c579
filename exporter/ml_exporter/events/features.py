"""A column of one feature's values, of whatever type each of them is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.categorical import Categorical


@dataclass(frozen=True)
class FeatureColumn:
    """Values of one feature, (rows,) each. A value is a number, a text, something else, or missing."""

    numbers: NDArray[np.float64]
    """NaN where the value is no finite number."""

    texts: Categorical
    """-1 where the value is no text; booleans are the texts 1 and 0."""

    strange: NDArray[np.bool_]
    """True where the value is neither, and not missing: a list, an object, an infinite number."""

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "FeatureColumn":
        """Return the chosen rows (an index or a mask)."""
        return FeatureColumn(self.numbers[rows], self.texts.take(rows), self.strange[rows])

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Tell which rows have no value."""
        return np.asarray(np.isnan(self.numbers) & (self.texts.codes < 0) & ~self.strange)
