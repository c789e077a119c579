"""The snapshot: everything that a scrape shows, made once a tick, immutable, as ready bytes."""

from ml_exporter.snapshot.exposition import Exposition
from ml_exporter.snapshot.families import Samples
from ml_exporter.snapshot.observation import FeedObservation, Observation, VersionObservation
from ml_exporter.snapshot.render import openmetrics, render
from ml_exporter.snapshot.snapshot import Snapshot, make_snapshot

__all__ = [
    "Exposition",
    "FeedObservation",
    "Observation",
    "Samples",
    "Snapshot",
    "VersionObservation",
    "make_snapshot",
    "openmetrics",
    "render",
]
