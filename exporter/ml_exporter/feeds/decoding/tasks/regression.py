"""Predictions of the regression task: a number, and where the model gives one, its interval."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.tasks.regression import LARGEST, RegressionTask
from ml_exporter.feeds.decoding.columns import numbers
from ml_exporter.feeds.decoding.problems import RowProblems
from ml_exporter.feeds.decoding.tasks.interface import Columns, TaskDecoder


def _payload(
    columns: Columns, _task: RegressionTask, succeeded: NDArray[np.bool_], problems: RowProblems
) -> NDArray[np.float64]:
    predicted = numbers(columns["prediction"], "prediction", -LARGEST, LARGEST, problems)
    lower = numbers(columns["lower"], "lower", -LARGEST, LARGEST, problems)
    upper = numbers(columns["upper"], "upper", -LARGEST, LARGEST, problems)
    for row in np.flatnonzero(np.isnan(predicted) & succeeded).tolist():
        problems.add(row, "missing_field", "prediction is missing; write the number that was predicted")
    for row in np.flatnonzero(np.isnan(lower) != np.isnan(upper)).tolist():
        problems.add(row, "missing_field", "lower and upper come together; write both, or neither")
    for row in np.flatnonzero(lower > upper).tolist():
        detail = f"lower {lower[row]:g} is above upper {upper[row]:g}; write the interval's ends in order"
        problems.add(row, "bad_value", detail)
    return np.column_stack([predicted, lower, upper])


DECODER = TaskDecoder("regression", ("prediction", "lower", "upper"), _payload)
