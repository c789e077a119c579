"""Sums that are added to often and looked at seldom."""

from ml_exporter.tallies.sums import Sums

_AT_LEAST = 1 << 16
"""Parts of fewer cells are not put together before somebody looks."""


class GrowingSums:
    """Sums to which parts are added. They are put together when somebody looks, or when the parts outgrow the whole.

    So what an addition costs does not depend on how much there is. Parts are added in their order, one after the
    other, so that the whole is the same to the last bit whenever it was put together.
    """

    def __init__(self, whole: Sums) -> None:
        self._whole = whole
        self._parts: list[Sums] = []
        self._cells_of_parts = 0

    def add(self, part: Sums) -> None:
        """Add sums with the same columns."""
        self._parts.append(part)
        self._cells_of_parts += len(part.cells)
        if self._cells_of_parts > max(_AT_LEAST, len(self._whole.cells)):
            self._put_together()

    @property
    def whole(self) -> Sums:
        """The sums of everything that was added."""
        if self._parts:
            self._put_together()
        return self._whole

    def _put_together(self) -> None:
        self._whole = Sums.merge_all([self._whole, *self._parts])
        self._parts, self._cells_of_parts = [], 0
