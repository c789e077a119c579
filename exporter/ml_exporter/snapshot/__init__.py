"""The snapshot: everything that a scrape shows, made once a tick, immutable, as ready bytes."""

from ml_exporter.snapshot.exposition import Exposition
from ml_exporter.snapshot.families import Samples
from ml_exporter.snapshot.observation import FeedObservation, Observation, VersionObservation
from ml_exporter.snapshot.render import Renderer, openmetrics_format, text_format
from ml_exporter.snapshot.snapshot import Snapshot, expositions, make_snapshot
from ml_exporter.snapshot.time_series import Spans, TimeSeries, spans_of, tallies_of, time_series

__all__ = [
    "Exposition",
    "FeedObservation",
    "Observation",
    "Renderer",
    "Samples",
    "Snapshot",
    "Spans",
    "TimeSeries",
    "VersionObservation",
    "expositions",
    "make_snapshot",
    "openmetrics_format",
    "spans_of",
    "tallies_of",
    "text_format",
    "time_series",
]
