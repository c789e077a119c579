"""Which rows a lookup found."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Found(NamedTuple):
    """Pairs of a query and a row that has its hash; a query may have several, or none."""

    query: NDArray[np.intp]
    row: NDArray[np.intp]

    @classmethod
    def of(cls, parts: list["Found"]) -> "Found":
        """Put parts together."""
        if len(parts) == 1:
            return parts[0]
        nothing = np.empty(0, dtype=np.intp)
        return cls(
            np.concatenate([nothing, *(part.query for part in parts)]),
            np.concatenate([nothing, *(part.row for part in parts)]),
        )

    def where(self, chosen: NDArray[np.bool_]) -> "Found":
        """Return the chosen pairs."""
        return self if chosen.all() else Found(self.query[chosen], self.row[chosen])
