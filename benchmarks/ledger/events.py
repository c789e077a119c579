"""Events of the benchmark: predictions of a binary model over 1,000 series, one each millisecond, and their labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical
from ml_exporter.ledger import LabelRows, PredictionRows

BATCH = 20_000
SERIES = 1000
BEGIN = 1.7e9
LABEL_DELAY = 3600.0


def prediction_batches(first: int, count: int) -> Iterator[PredictionRows]:
    """Return predictions by number, in batches."""
    for start in range(first, first + count, BATCH):
        rows = min(BATCH, first + count - start)
        random = np.random.default_rng(start)
        yield PredictionRows(
            series=random.integers(0, SERIES, rows).astype(np.int32)[:, None],
            model=np.zeros(rows, dtype=np.int32),
            prediction_id=names(np.arange(start, start + rows)),
            timestamp=times(np.arange(start, start + rows)),
            payload=np.column_stack([random.integers(0, 2, rows).astype(np.float64), random.random(rows)]),
        )


def label_batches(numbers: NDArray[np.int64]) -> Iterator[LabelRows]:
    """Return labels of predictions, in batches."""
    for start in range(0, len(numbers), BATCH):
        own = numbers[start : start + BATCH]
        random = np.random.default_rng(start)
        yield LabelRows(
            model=np.full(len(own), -1, dtype=np.int32),
            prediction_id=names(own),
            timestamp=times(own) + LABEL_DELAY,
            actual=Categorical(random.integers(0, 2, len(own)).astype(np.int32), ("0", "1")),
        )


def names(numbers: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return ids of 20 characters."""
    return np.array([f"request-{number:012d}" for number in numbers.tolist()], dtype=object)


def times(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return when predictions were made."""
    return (BEGIN * 1000 + numbers) / 1000
