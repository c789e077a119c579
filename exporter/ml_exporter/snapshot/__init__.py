"""The snapshot: everything that a scrape shows, made once a tick, immutable, as ready bytes."""

from ml_exporter.snapshot.observation import FeedObservation, Observation, VersionObservation
from ml_exporter.snapshot.snapshot import Snapshot, make_snapshot

__all__ = ["FeedObservation", "Observation", "Snapshot", "VersionObservation", "make_snapshot"]
