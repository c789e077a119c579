"""The snapshot itself."""

import gzip
from dataclasses import dataclass

from ml_exporter.snapshot.families import fill_all
from ml_exporter.snapshot.observation import Observation
from ml_exporter.snapshot.render import render

_COMPRESSION = 1  # a scrape interval's worth of bandwidth is not worth a tick's worth of processor


@dataclass(frozen=True)
class Snapshot:
    """What a scrape shows until the next tick. Immutable: a scrape is a copy of ready bytes."""

    at: float
    text: bytes
    gzipped: bytes
    observation: Observation


def make_snapshot(observation: Observation) -> Snapshot:
    """Fill every family from what a tick has found out, and render it."""
    text = render(fill_all(observation))
    return Snapshot(observation.at, text, gzip.compress(text, compresslevel=_COMPRESSION, mtime=0), observation)
