"""What share of the actual numbers' variation the predictions explain."""

import numpy as np

from ml_exporter.catalogue import intervals
from ml_exporter.catalogue.definition import Estimate, Metric, Statistics
from ml_exporter.catalogue.intervals import divide
from ml_exporter.catalogue.regression import REGRESSION, Array, by_absolute_error, family
from ml_exporter.catalogue.sums_of_squares import squares_around_mean, sum_of_squares

_SMALLEST_FOURTH_SHARE = 1e-10
"""Fourth moments around the mean are told from rounding where they are so large a share of those around 0: the numbers
vary by more than three thousandths of their size."""


def _r2(sums: Statistics) -> Estimate:
    """Return 1 - A / B of the mean squared error A and the variance B, bounded on the logarithm of A / B.

    The outcome i moves log(A / B) by e_i^2 / A - (y_i - mean y)^2 / B: the mean square of that, over the outcomes, is
    the variance (delta method).
    """
    count = sums["outcomes.count"]
    around = squares_around_mean(sums)
    error, variance = divide(sums["regression.squared_error"], count), divide(around, count)
    unexplained = divide(error, variance)
    error_fourth = divide(sums["regression.squared_error_squared"], count * error**2)
    together, actual_fourth = _centred(sums, around)
    spread = error_fourth - 2 * divide(together, error * variance) + divide(actual_fourth, variance**2)
    half = intervals.Z * np.sqrt(divide(np.maximum(spread, 0.0), count - 1))
    return Estimate(1 - unexplained, 1 - unexplained * np.exp(half), 1 - unexplained * np.exp(-half))


def _centred(sums: Statistics, around: Array) -> tuple[Array, Array]:
    """Return the means of e^2 (y - mean y)^2 and of (y - mean y)^4; NaN where rounding hides them."""
    count = sums["outcomes.count"]
    mean = divide(sums["regression.coarse"] + sums["regression.fine"], count)
    together = (
        sums["regression.squared_error_actual_squared"]
        - 2 * mean * sums["regression.squared_error_actual"]
        + mean**2 * sums["regression.squared_error"]
    )
    fourth = (
        sums["regression.actual_fourth"]
        - 4 * mean * sums["regression.actual_cubed"]
        + 6 * mean**2 * sum_of_squares(sums)
        - 3 * count * mean**4
    )
    at_least = divide(around**2, count)
    known = at_least > _SMALLEST_FOURTH_SHARE * sums["regression.actual_fourth"]
    return np.where(known, divide(together, count), np.nan), np.where(known, divide(fourth, count), np.nan)


METRICS = (
    Metric(
        id="r2",
        title="R2",
        family=family(
            "ml_r2",
            "Share of the actual values' variance in the window that the predictions explain: 1 all, 0 no more than"
            " their mean would, below 0 less. Absent where the actual values vary by less than two ten-millionths of"
            " their size, as rounding hides that; its bounds, by less than three thousandths.",
        ),
        tasks=REGRESSION,
        clock="outcome",
        direction="higher",
        estimate=_r2,
        source="scikit-learn, r2_score",
        formula="1 - sum of (prediction - actual)^2 / sum of (actual - mean actual)^2",
        interval="delta method, on the logarithm of 1 - R2",
        limits=(-np.inf, 1.0),
        ranked=by_absolute_error,
        advice="It falls too where the actual values vary less than before, though the errors are the same: look at the"
        " mean squared error beside it.",
    ),
)
