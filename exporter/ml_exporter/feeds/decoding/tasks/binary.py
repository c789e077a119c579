"""Predictions of the binary task: a class, a score of the positive class, or both."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.events.tasks.binary import PREDICTED, BinaryTask
from ml_exporter.feeds.decoding.columns import classes, numbers
from ml_exporter.feeds.decoding.problems import RowProblems, shown
from ml_exporter.feeds.decoding.tasks.interface import Columns, TaskDecoder


def _payload(
    columns: Columns, task: BinaryTask, succeeded: NDArray[np.bool_], problems: RowProblems
) -> NDArray[np.float64]:
    predicted = classes(columns["prediction"], "prediction", problems)
    score = numbers(columns["score"], "score", 0.0, 1.0, problems)
    for row in np.flatnonzero((predicted.codes < 0) & np.isnan(score) & succeeded).tolist():
        detail = "prediction and score are both missing; write at least one of them"
        problems.add(row, "missing_field", detail)
    payload = task.payload(predicted, score)
    for row in np.flatnonzero(np.isnan(payload[:, PREDICTED]) & (predicted.codes >= 0)).tolist():
        value = shown(predicted.values[predicted.codes[row]])
        problems.add(row, "bad_value", f"prediction {value} is no class of the model; write {task.actual_form}")
    return payload


DECODER = TaskDecoder("binary", ("prediction", "score"), _payload)
