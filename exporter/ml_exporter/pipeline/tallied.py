"""Taking in what was joined and added up elsewhere. Called within one transaction of the ledger."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml_exporter.config import ModelSettings
from ml_exporter.events import JoinCounts, NamedSums, TalliedEvents
from ml_exporter.pipeline.join_state import FeedCounters, JoinState
from ml_exporter.tallies import JUDGED, Buckets, FeatureRegistry, SeriesKey, SeriesRegistry, Statuses
from ml_exporter.tallies.naming import Registries, add_named


class TalliedIntake:
    """Takes sums and counts in: series, tallies, counters. They meet nothing in the ledger."""

    def __init__(
        self,
        models: Mapping[str, ModelSettings],
        registry: SeriesRegistry,
        statuses: Statuses,
        features: FeatureRegistry,
        buckets: Buckets,
        state: JoinState,
    ) -> None:
        self._models = models
        self._registry = registry
        self._registries: Registries = {"statuses": statuses, "features": features}
        self._buckets = buckets
        self._state = state

    def take(self, events: TalliedEvents, counters: FeedCounters, at: float) -> NDArray[np.bool_]:
        """Add sums to the buckets, and counts to the counters.

        Args:
            events: of configured models only.
            counters: of the feed that brought them.
            at: the time of looking, which decides how fine the past is kept.

        Returns:
            Nothing: single events are not told apart.
        """
        self._count(events.counts, counters)
        add_named(events.sums, self._buckets, self._registry, self._registries, self._models, at)
        self._state.late_outcomes += _late(events.sums, self._state.closed_until)
        return np.empty(0, dtype=np.bool_)

    def _count(self, counts: JoinCounts, counters: FeedCounters) -> None:
        counters.duplicates += counts.duplicates
        for reason, count in counts.rejected.items():
            counters.reject(reason, count)
        self._state.label_conflicts += counts.label_conflicts
        self._state.label_corrections += counts.label_corrections
        self._state.expired_predictions += counts.expired_predictions
        for model, time in counts.newest.items():
            self._state.saw(model, time)
        for counted in counts.versions:
            code = self._registry.code_of(SeriesKey(counted.model, counted.version))
            if code is not None:
                version = self._state.version(code)
                version.pending += counted.pending
                version.assumed += counted.assumed
                version.last_prediction = max(version.last_prediction, counted.last_prediction)
                version.last_label = max(version.last_label, counted.last_label)


def _late(sums: NamedSums, closed_until: float) -> int:
    """Return how many outcomes came too late for the bucket of their own time."""
    if "outcomes" not in sums.tally.values or JUDGED not in sums.clock.values:
        return 0
    rows = (sums.tally.codes == sums.tally.values.index("outcomes")) & (
        sums.clock.codes == sums.clock.values.index(JUDGED)
    )
    return int(sums.values[rows & (sums.start < closed_until), 0].sum())
