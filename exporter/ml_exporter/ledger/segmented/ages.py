"""How old the oldest row of each block is, by model: so that expiry looks only where something is old enough."""

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 4096


class Ages:
    """For each block of rows and each model a time that none of its rows that matter is older than.

    It may be too early, never too late: rows that stop to matter (because they are judged, or forgotten) are left out
    once somebody has looked at the block.
    """

    def __init__(self, models: NDArray[np.int32], oldest: NDArray[np.float64]) -> None:
        """Take (models,) and (blocks, models)."""
        self.models = models
        self.oldest = oldest

    @classmethod
    def empty(cls) -> "Ages":
        """Return the ages of no rows."""
        return cls(np.empty(0, dtype=np.int32), np.empty((0, 0)))

    def copy(self) -> "Ages":
        """Return ages that can be settled apart from these."""
        return Ages(self.models, self.oldest.copy())

    def note(self, first_row: int, model: NDArray[np.int32], time: NDArray[np.float64]) -> None:
        """Take consecutive rows in."""
        if not len(model):
            return
        present, index = (model[:1], None) if (model == model[0]).all() else np.unique(model, return_inverse=True)
        self._make_room(present, (first_row + len(model) - 1) // BLOCK_ROWS + 1)
        columns = np.array([int(np.flatnonzero(self.models == code)[0]) for code in present])
        column = columns[0] if index is None else columns[index]
        block = np.arange(first_row, first_row + len(model)) // BLOCK_ROWS
        np.minimum.at(self.oldest.reshape(-1), block * len(self.models) + column, time)

    def _make_room(self, models: NDArray[np.int32], blocks: int) -> None:
        new = models[~np.isin(models, self.models)]
        more = max(0, blocks - len(self.oldest))
        if len(new) or more:
            self.models = np.concatenate([self.models, new])
            self.oldest = np.pad(self.oldest, ((0, more), (0, len(new))), constant_values=np.inf)

    def blocks_before(self, model: int, before: float) -> NDArray[np.intp]:
        """Return the blocks that may have rows of a model from before a time."""
        column = np.flatnonzero(self.models == model)
        return np.flatnonzero(self.oldest[:, column[0]] < before) if len(column) else np.empty(0, dtype=np.intp)

    def settle(self, model: int, blocks: NDArray[np.intp], row: NDArray[np.intp], time: NDArray[np.float64]) -> None:
        """Say what is left in blocks.

        Args:
            model: of which.
            blocks: that have been looked at.
            row: the rows of the model in them that matter still.
            time: of these rows.
        """
        column = int(np.flatnonzero(self.models == model)[0])
        self.oldest[blocks, column] = np.inf
        np.minimum.at(self.oldest.reshape(-1), row // BLOCK_ROWS * len(self.models) + column, time)
