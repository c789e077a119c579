"""Outcomes of regression models."""

import numpy as np
from numpy.typing import ArrayLike

from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from tests.catalogue.whole_path import NOW

MODEL = ModelSettings.model_validate({"name": "prices", "task": "regression"})


def numbers(
    predicted: ArrayLike,
    actual: ArrayLike,
    lower: ArrayLike = np.nan,
    upper: ArrayLike = np.nan,
    series: ArrayLike | None = None,
) -> Outcomes:
    """Make outcomes from columns, (rows,); by default without intervals, and all of the series 0."""
    true = np.asarray(actual, dtype=np.float64)
    rows = len(true)
    times = np.full(rows, NOW - 1)
    columns = [np.broadcast_to(np.asarray(column, dtype=np.float64), (rows,)) for column in (predicted, lower, upper)]
    return Outcomes(
        series=np.zeros((rows, 1), dtype=np.int32) if series is None else np.asarray(series, dtype=np.int32)[:, None],
        prediction_time=times,
        label_time=times,
        payload=np.column_stack(columns).reshape(rows, 3),
        actual=true[:, None],
        value=np.full(rows, np.nan),
    )
