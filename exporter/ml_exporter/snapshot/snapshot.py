"""The snapshot itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from ml_exporter.snapshot.exposition import Exposition, Piece
from ml_exporter.snapshot.families import fill_all
from ml_exporter.snapshot.observation import Observation
from ml_exporter.snapshot.render import (
    OPENMETRICS_END,
    Renderer,
    Written,
    openmetrics_format,
    text_format,
)


@dataclass(frozen=True)
class Snapshot:
    """What a scrape shows until the next tick. Immutable: a scrape is a copy of ready bytes."""

    at: float
    text: Exposition
    """In Prometheus' text format."""

    openmetrics: Exposition
    observation: Observation


def make_snapshot(observation: Observation, renderer: Renderer) -> Snapshot:
    """Fill every family from what a tick has found out, and render it.

    Args:
        observation: what the tick has found out.
        renderer: keeps what stays the same from tick to tick.
    """
    text, openmetrics = expositions(renderer.render(fill_all(observation)))
    return Snapshot(observation.at, text, openmetrics, observation)


def expositions(parts: Iterable[Written]) -> tuple[Exposition, Exposition]:
    """Return the same families in the text format and in OpenMetrics, what both have in common compressed once."""
    pairs = list(_pieces(parts))
    return Exposition([text for text, _ in pairs]), Exposition([other for _, other in pairs], OPENMETRICS_END)


def _pieces(parts: Iterable[Written]) -> Iterator[tuple[Piece, Piece]]:
    """Yield pieces of both formats: one object where they have the same."""
    for alike, some in groupby(parts, lambda part: part.alike):
        together = list(some)
        text = Piece.of(text_format(together))
        yield text, text if alike else Piece.of(openmetrics_format(together))
