"""Exemplars: of each version and bucket of the latency histogram, the newest request that carries a trace id.

They show a person where to look, and are no statistics: they are kept in memory only, and begin anew with the process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ml_exporter.catalogue.serving import LATENCY_EDGES
from ml_exporter.events import Predictions
from ml_exporter.tallies.kind import AcceptedPredictions


@dataclass(frozen=True)
class Exemplar:
    """One request, for a trace to be looked up by."""

    trace_id: str
    latency: float
    """Seconds."""

    timestamp: float
    """Prediction time, seconds since the epoch."""


@dataclass
class LatencyExemplars:
    """The newest of each, by prediction time: Prometheus takes none that is older than the last."""

    _newest: dict[int, dict[int, Exemplar]] = field(default_factory=dict)
    """Code of the overall series to bucket, from the lowest, to exemplar."""

    def note(self, accepted: AcceptedPredictions, events: Predictions) -> None:
        """Remember the newest request of each version and bucket.

        Args:
            accepted: requests of one model.
            events: the same rows, with their trace ids.
        """
        traced = np.flatnonzero((events.trace_id != "") & ~np.isnan(accepted.latency))
        if not len(traced):
            return
        buckets = np.searchsorted(LATENCY_EDGES, accepted.latency[traced], side="left")
        versions = accepted.series[traced, 0]
        order = np.lexsort((-accepted.timestamp[traced], buckets, versions))
        _, first = np.unique(np.stack([versions, buckets])[:, order], axis=1, return_index=True)
        for place in order[first].tolist():
            row = traced[place]
            newest = Exemplar(events.trace_id[row], float(accepted.latency[row]), float(accepted.timestamp[row]))
            known = self._newest.setdefault(int(versions[place]), {})
            before = known.get(int(buckets[place]))
            if before is None or before.timestamp < newest.timestamp:
                known[int(buckets[place])] = newest

    def keep_only(self, versions: Iterable[int]) -> None:
        """Forget those of versions that are not exposed any more."""
        live = set(versions)
        self._newest = {version: known for version, known in self._newest.items() if version in live}

    def of(self, version: int) -> Mapping[int, Exemplar]:
        """Return bucket, from the lowest, to exemplar."""
        return dict(self._newest.get(version, {}))
