"""What the metrics of regression models have in common."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.definition import Estimate, Family, Statistics, series_labels
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.value_bins import ZERO_BIN

Array = NDArray[np.float64]
Estimator = Callable[[Statistics], Estimate]

AREA = "quality of regression"
REGRESSION = frozenset({"regression"})
AN_AMOUNT = (0.0, np.inf)
"""The limits of an error that has no sign."""


def family(name: str, help_text: str, *extra_labels: str) -> Family:
    """Return a gauge about a series in a window."""
    return Family(name, "gauge", help_text, (*series_labels(), *extra_labels), AREA)


def by_absolute_error(sums: Statistics) -> Array:
    """Return outcomes by rising distance of prediction and actual, (series, bins)."""
    residuals = sums["residuals.count"]
    amounts = residuals[:, ZERO_BIN:].copy()
    amounts[:, 1:] += residuals[:, :ZERO_BIN][:, ::-1]
    return amounts


def mean_of(column: str, squares: str, limits: tuple[float, float], counted_by: str = "outcomes.count") -> Estimator:
    """Return the estimate of a mean, from the sum and the sum of squares; its normal interval keeps to the limits."""

    def estimate(sums: Statistics) -> Estimate:
        total, count = sums[column], sums[counted_by]
        lower, upper = intervals.mean(total, sums[squares], count)
        return Estimate(divide(total, count), np.maximum(lower, limits[0]), np.minimum(upper, limits[1]))

    return estimate
