"""Events as files have them: predictions of a binary model in lines of JSON of about 150 bytes, and their labels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

BATCH = 20_000
DELAY = 3600.0
"""Seconds between a prediction and its label."""

VERSIONS = 1000
FEATURES = 8


def prediction_lines(
    first: int, count: int, begin: float, *, versions: int = VERSIONS, features: bool = False
) -> Iterator[bytes]:
    """Return predictions by number, a text of many lines at a time.

    Args:
        first: number of the first.
        count: how many.
        begin: the time of number 0, seconds since the epoch; a thousand are made in a second.
        versions: of how many versions of the model.
        features: whether each has eight of them.
    """
    for start in range(first, first + count, BATCH):
        rows = min(BATCH, first + count - start)
        random = np.random.default_rng(start)
        version = random.integers(0, versions, rows).tolist()
        score = np.round(random.random(rows), 4).tolist()
        values = np.round(random.normal(size=(rows, FEATURES)), 3).tolist() if features else [[]] * rows
        yield "".join(
            f'{{"prediction_id": "request-{number:012d}", "model_name": "fraud", "model_version": "v{name:04d}",'
            f' "timestamp": {begin + number / 1000:.3f}, "score": {value}, "latency_seconds": 0.012{_features(own)}}}\n'
            for number, name, value, own in zip(range(start, start + rows), version, score, values, strict=True)
        ).encode()


def _features(values: list[float]) -> str:
    named = ", ".join(f'"f{place}": {value}' for place, value in enumerate(values))
    return f', "features": {{{named}}}' if values else ""


def label_lines(first: int, count: int, begin: float) -> Iterator[bytes]:
    """Return the labels of predictions; likewise."""
    for start in range(first, first + count, BATCH):
        rows = min(BATCH, first + count - start)
        actual = np.random.default_rng(start + 1).integers(0, 2, rows).tolist()
        yield "".join(
            f'{{"prediction_id": "request-{number:012d}", "timestamp": {begin + DELAY + number / 1000:.3f},'
            f' "actual": {value}}}\n'
            for number, value in zip(range(start, start + rows), actual, strict=True)
        ).encode()


def write(path: Path, texts: Iterator[bytes]) -> int:
    """Write lines into a file; return its bytes."""
    with path.open("wb") as file:
        return sum(map(file.write, texts))
