"""The snapshot itself."""

from dataclasses import dataclass

from ml_exporter.snapshot.exposition import Exposition
from ml_exporter.snapshot.families import fill_all
from ml_exporter.snapshot.observation import Observation
from ml_exporter.snapshot.render import OPENMETRICS_END, openmetrics, render


@dataclass(frozen=True)
class Snapshot:
    """What a scrape shows until the next tick. Immutable: a scrape is a copy of ready bytes."""

    at: float
    text: Exposition
    """In Prometheus' text format."""

    openmetrics: Exposition
    observation: Observation


def make_snapshot(observation: Observation) -> Snapshot:
    """Fill every family from what a tick has found out, and render it."""
    text = render(fill_all(observation))
    return Snapshot(
        observation.at,
        Exposition.of(text),
        Exposition.of(openmetrics(text), OPENMETRICS_END),
        observation,
    )
