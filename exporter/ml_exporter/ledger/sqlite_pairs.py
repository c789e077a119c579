"""Between columns and the rows of SQLite: predictions as they are stored, and the pairs that they are judged in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events import Categorical
from ml_exporter.ledger.interface import JudgedPredictions
from ml_exporter.ledger.judgement import Standing, Word


@dataclass
class StoredPrediction:
    """A row of the table ``predictions``."""

    prediction_id: str
    series: int
    model: int
    time: float
    slices: bytes
    payload: bytes
    standing: Standing | None


@dataclass(frozen=True)
class Pair:
    """A prediction and the word that judges it."""

    prediction: StoredPrediction
    word: Word


def bytes_by_row(table: NDArray[np.int32] | NDArray[np.float64]) -> list[bytes]:
    """Return each row of a table as bytes."""
    whole = np.ascontiguousarray(table).tobytes()
    width = table.shape[1] * table.itemsize
    return [whole[start : start + width] for start in range(0, len(whole), width)] if width else [b""] * len(table)


def judged_predictions(pairs: Sequence[Pair]) -> JudgedPredictions:
    """Return pairs as columns, as wide as the widest row."""
    return JudgedPredictions(
        series=_table([pair.prediction.slices for pair in pairs], np.dtype(np.int32), 1, -1),
        prediction_time=np.array([pair.prediction.time for pair in pairs], dtype=np.float64),
        label_time=np.array([pair.word.time for pair in pairs], dtype=np.float64),
        payload=_table([pair.prediction.payload for pair in pairs], np.dtype(np.float64), 0, np.nan),
        actual=Categorical.of(pair.word.actual for pair in pairs),
        value=np.array([pair.word.value for pair in pairs], dtype=np.float64),
    )


def _table(
    rows: list[bytes], kind: np.dtype[np.int32] | np.dtype[np.float64], narrowest: int, fill: float
) -> NDArray[Any]:
    """Put rows of bytes into a table; rows of other tasks, or of an older configuration, may be shorter."""
    width = max((len(row) // kind.itemsize for row in rows), default=narrowest)
    if all(len(row) == width * kind.itemsize for row in rows):
        return np.frombuffer(b"".join(rows), dtype=kind).reshape(len(rows), width).copy()
    table = np.full((len(rows), width), fill, dtype=kind)
    for index, row in enumerate(rows):
        values = np.frombuffer(row, dtype=kind)
        table[index, : len(values)] = values
    return table
