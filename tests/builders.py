"""Builders of events for tests: plain rows in, columns out."""

from collections.abc import Iterable, Sequence

import numpy as np

from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical, Labels, Outcomes, Predictions
from ml_exporter.ledger import LabelRows, PredictionRows


def predictions(
    rows: Sequence[dict[str, object]], *, model: str = "fraud", segments: Sequence[str] = ()
) -> Predictions:
    """Make predictions from rows with id, at, and optionally model, version, predicted, score, status, latency."""
    score = np.array([row.get("score", np.nan) for row in rows], dtype=np.float64)
    predicted = [
        row.get("predicted", np.nan if np.isnan(value) else float(value >= 0.5))
        for row, value in zip(rows, score, strict=True)
    ]
    return Predictions(
        prediction_id=np.array([row["id"] for row in rows], dtype=object),
        timestamp=np.array([row["at"] for row in rows], dtype=np.float64),
        model=Categorical.of(str(row.get("model", model)) for row in rows),
        version=Categorical.of(str(row.get("version", "v1")) for row in rows),
        status=Categorical.of(str(row.get("status", "success")) for row in rows),
        payload=np.column_stack([np.array(predicted, dtype=np.float64), score]),
        value=np.array([row.get("value", np.nan) for row in rows], dtype=np.float64),
        latency=np.array([row.get("latency", np.nan) for row in rows], dtype=np.float64),
        trace_id=np.array([str(row.get("trace_id", "")) for row in rows], dtype=object),
        segments={
            key: Categorical.of(None if row.get(key) is None else str(row[key]) for row in rows) for key in segments
        },
        features={},
    )


def labels(rows: Sequence[dict[str, object]]) -> Labels:
    """Make labels from rows with id, at, actual, and optionally model."""
    return Labels(
        prediction_id=np.array([row["id"] for row in rows], dtype=object),
        timestamp=np.array([row["at"] for row in rows], dtype=np.float64),
        model=Categorical.of(None if row.get("model") is None else str(row["model"]) for row in rows),
        actual=Categorical.of(str(row["actual"]) for row in rows),
        value=np.array([row.get("value", np.nan) for row in rows], dtype=np.float64),
    )


def prediction_rows(rows: Iterable[tuple[str, int, float]], *, model: int = 0) -> PredictionRows:
    """Make rows for a ledger from (id, overall series, time); the payload repeats the time."""
    listed = list(rows)
    return PredictionRows(
        series=np.array([[series, -1] for _, series, _ in listed], dtype=np.int32).reshape(len(listed), 2),
        model=np.full(len(listed), model, dtype=np.int32),
        prediction_id=np.array([name for name, _, _ in listed], dtype=object),
        timestamp=np.array([time for _, _, time in listed], dtype=np.float64),
        payload=np.array([[1.0, time / 1000] for _, _, time in listed]).reshape(len(listed), 2),
    )


def label_rows(
    rows: Iterable[tuple[str, str, float]], *, model: int = -1, value: Sequence[float] | None = None
) -> LabelRows:
    """Make rows for a ledger from (id, actual, time), and business values."""
    listed = list(rows)
    return LabelRows(
        model=np.full(len(listed), model, dtype=np.int32),
        prediction_id=np.array([name for name, _, _ in listed], dtype=object),
        timestamp=np.array([time for _, _, time in listed], dtype=np.float64),
        actual=Categorical.of(actual for _, actual, _ in listed),
        value=None if value is None else np.array(value, dtype=np.float64),
    )


def outcomes(
    predicted: Sequence[float],
    actual: Sequence[float],
    *,
    score: Sequence[float] | None = None,
    series: Sequence[Sequence[int]] | None = None,
    at: Sequence[float] | float = 0.0,
) -> Outcomes:
    """Make outcomes of one series, or of the series given row by row."""
    rows = len(predicted)
    scores = np.full(rows, np.nan) if score is None else np.asarray(score, dtype=np.float64)
    times = np.broadcast_to(np.asarray(at, dtype=np.float64), (rows,)).copy()
    return Outcomes(
        series=np.zeros((rows, 1), dtype=np.int32) if series is None else np.array(series, dtype=np.int32),
        prediction_time=times,
        label_time=times,
        payload=np.column_stack([np.asarray(predicted, dtype=np.float64), scores]).reshape(rows, 2),
        actual=np.asarray(actual, dtype=np.float64).reshape(rows, 1),
        value=np.full(rows, np.nan),
    )


def binary_model(name: str = "fraud", **options: object) -> ModelSettings:
    """Make the settings of a binary model."""
    return ModelSettings.model_validate({"name": name, "task": "binary", **options})
