"""The snapshot itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from ml_exporter.catalogue.serving import PREDICTION_LATENCY
from ml_exporter.snapshot.exemplars import with_exemplars
from ml_exporter.snapshot.exposition import Exposition
from ml_exporter.snapshot.families import Samples, fill_all
from ml_exporter.snapshot.observation import Observation
from ml_exporter.snapshot.render import OPENMETRICS_END, openmetrics, render
from ml_exporter.tallies import SeriesKey


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
    filled = fill_all(observation)
    text = render(filled)
    return Snapshot(
        observation.at,
        Exposition.of(text),
        Exposition.of(_with_latency_exemplars(openmetrics(text), filled, observation), OPENMETRICS_END),
        observation,
    )


def _with_latency_exemplars(text: bytes, filled: Iterable[Samples], observation: Observation) -> bytes:
    """Return the OpenMetrics text with what only it can show: requests behind the buckets of the latency."""
    family = PREDICTION_LATENCY
    exemplars = [
        observation.exemplars.get(SeriesKey(*labels), {})
        for samples in filled
        if samples.family == family
        for labels, _ in samples.histograms
    ]
    return with_exemplars(text, family.name, exemplars)
