"""Series that are computed together: those of models whose statistics have the same shape."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import Statistics
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.tallies import SeriesKey
from ml_exporter.windows import Totals


@dataclass(frozen=True)
class Group:
    """Series of models with the same layout."""

    model: ModelSettings
    """One of the models: what shapes the statistics, they have in common."""

    codes: NDArray[np.intp]
    """(series,)"""

    keys: Sequence[SeriesKey]

    def statistics(self, totals: Totals) -> Statistics:
        """Return the group's statistics, (series, ...) each."""
        return totals.statistics(self.codes, self.model)


def groups(monitoring: Monitoring, series: Sequence[tuple[int, SeriesKey]], *, slices: bool) -> tuple[Group, ...]:
    """Sort series into groups.

    Args:
        monitoring: the configuration.
        series: code and key of each, of configured models.
        slices: whether slices are among them, or left out.
    """
    members: dict[tuple[object, ...], list[tuple[int, SeriesKey]]] = defaultdict(list)
    models: dict[tuple[object, ...], ModelSettings] = {}
    for code, key in series:
        if slices or not key.is_slice:
            model = monitoring.model(key.model)
            models.setdefault(model.layout, model)
            members[model.layout].append((code, key))
    return tuple(
        Group(models[layout], np.array([code for code, _ in found]), [key for _, key in found])
        for layout, found in members.items()
    )
